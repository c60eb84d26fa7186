import HTTPTypes
public import Hummingbird
public import JSON

/// An endpoint while it is declared. Each part of the request is named at most once, and a body only where the method has one: anything
/// else does not compile.
public struct EndpointDraft<
    Context: RequestContext, Path: SchemaObject, Query: SchemaObject, Headers: SchemaObject, Body: SchemaValue
>: Sendable {
    @usableFromInline var settings: EndpointSettings<Context>
    @usableFromInline var bodyExample: Body?

    @inlinable
    init(_ settings: EndpointSettings<Context>, bodyExample: Body? = nil) {
        self.settings = settings
        self.bodyExample = bodyExample
    }

    /// What does it. The type that it returns is the endpoint's answer, in the documents too.
    ///
    /// - Parameter answer: an example for the documents.
    @inlinable
    public func handle<Output: EndpointOutput>(
        answer: Output? = nil, _ handler: @escaping @Sendable (RequestInput<Path, Query, Headers, Body>, Context) async throws -> Output
    ) -> Endpoint<Context> {
        let settings = settings
        let operation = Operation(
            settings, Path.self, Query.self, Headers.self, Body.self, Output.self, example: bodyExample, answer: answer)
        return Endpoint(operation) { dialect in
            var dialect = dialect
            if let limits = settings.limits { dialect.limits = limits }
            return EndpointResponder(dialect, settings.requires, settings.upload, handler)
        }
    }
}

extension Endpoint {
    public typealias BodilessDraft = EndpointDraft<Context, NoParameters, NoParameters, NoParameters, NoBody>
    public typealias Draft = EndpointDraft<Context, NoParameters, NoParameters, NoParameters, NoParameters>

    /// - Parameters:
    ///   - id: `operationId`: unique in the API, and what generated clients call the function.
    ///   - path: below the group's, such as `runs/{run}`; each name in braces is a field of a type of parameters.
    ///   - summary: a few words, without a full stop.
    public static func get(_ id: String, _ path: String, _ summary: String) -> BodilessDraft {
        BodilessDraft(EndpointSettings(id: id, method: .get, path: path, summary: summary))
    }

    /// See ``get(_:_:_:)``.
    public static func delete(_ id: String, _ path: String, _ summary: String) -> BodilessDraft {
        BodilessDraft(EndpointSettings(id: id, method: .delete, path: path, summary: summary))
    }

    /// See ``get(_:_:_:)``.
    public static func post(_ id: String, _ path: String, _ summary: String) -> Draft {
        Draft(EndpointSettings(id: id, method: .post, path: path, summary: summary))
    }

    /// See ``get(_:_:_:)``.
    public static func put(_ id: String, _ path: String, _ summary: String) -> Draft {
        Draft(EndpointSettings(id: id, method: .put, path: path, summary: summary))
    }

    /// See ``get(_:_:_:)``.
    public static func patch(_ id: String, _ path: String, _ summary: String) -> Draft {
        Draft(EndpointSettings(id: id, method: .patch, path: path, summary: summary))
    }
}

// MARK: - Parts of the request

extension EndpointDraft where Path == NoParameters {
    /// The names in braces of its path, each a field.
    @inlinable
    public func path<New: SchemaObject>(_ type: New.Type) -> EndpointDraft<Context, New, Query, Headers, Body> {
        EndpointDraft<Context, New, Query, Headers, Body>(settings, bodyExample: bodyExample)
    }
}

extension EndpointDraft where Query == NoParameters {
    @inlinable
    public func query<New: SchemaObject>(_ type: New.Type) -> EndpointDraft<Context, Path, New, Headers, Body> {
        EndpointDraft<Context, Path, New, Headers, Body>(settings, bodyExample: bodyExample)
    }
}

extension EndpointDraft where Headers == NoParameters {
    /// Fields with names in lower case; headers that are not among them are not looked at.
    @inlinable
    public func headers<New: SchemaObject>(_ type: New.Type) -> EndpointDraft<Context, Path, Query, New, Body> {
        EndpointDraft<Context, Path, Query, New, Body>(settings, bodyExample: bodyExample)
    }
}

extension EndpointDraft where Body == NoParameters {
    /// - Parameters:
    ///   - type: an optional one lets callers leave the body out.
    ///   - limits: where the dialect's do not do.
    ///   - example: for the documents; it has to be acceptable.
    @inlinable
    public func body<New: SchemaValue>(
        _ type: New.Type, limits: JSONLimits? = nil, example: New? = nil
    ) -> EndpointDraft<Context, Path, Query, Headers, New> {
        var settings = settings
        settings.limits = limits
        return EndpointDraft<Context, Path, Query, Headers, New>(settings, bodyExample: example)
    }

    /// A body of one of these media types, which the handler reads by itself from `input.request.body`.
    @inlinable
    public func upload(_ mediaTypes: String...) -> EndpointDraft<Context, Path, Query, Headers, NoBody> {
        var settings = settings
        settings.upload = mediaTypes
        return EndpointDraft<Context, Path, Query, Headers, NoBody>(settings)
    }
}

// MARK: - Everything else

extension EndpointDraft {
    /// Markdown, behind the summary.
    public func description(_ text: String) -> Self { with { $0.description = text } }

    public func tags(_ tags: String...) -> Self { with { $0.tags += tags } }

    /// Those of the endpoint itself, beside those of its group, of its requirements, and of reading a request.
    public func errors(_ types: ProblemType...) -> Self { errors(types) }
    public func errors(_ types: [ProblemType]) -> Self { with { $0.errors += types } }

    /// Instead of the group's.
    public func security(_ security: Security) -> Self { with { $0.security = security } }

    /// What is checked, in order, before anything else.
    public func requires(_ requirements: Requirement<Context>...) -> Self { with { $0.requires += requirements } }

    public func deprecated() -> Self { with { $0.isDeprecated = true } }

    private func with(_ change: (inout EndpointSettings<Context>) -> Void) -> Self {
        var copy = self
        change(&copy.settings)
        return copy
    }
}

/// What is said of an endpoint beside its types.
@usableFromInline
struct EndpointSettings<Context: RequestContext>: Sendable {
    let id: String
    let method: HTTPRequest.Method
    let path: String
    let summary: String
    var description = ""
    var tags: [String] = []
    var errors: [ProblemType] = []
    var security: Security?
    @usableFromInline var requires: [Requirement<Context>] = []
    var isDeprecated = false
    @usableFromInline var limits: JSONLimits?
    @usableFromInline var upload: [String] = []

    init(id: String, method: HTTPRequest.Method, path: String, summary: String) {
        self.id = id
        self.method = method
        self.path = path
        self.summary = summary
    }
}
