public import Hummingbird
import JSON

/// One API: what its endpoints have in common, and where they come together to be served and documented.
///
/// It is built once, at start: groups are made, endpoints added to them, and ``finish()`` says whether all of it fits together.
///
///     let api = API(APIInfo(title: "Runs", version: "1.4.0"), security: [apiKey])
///     let v1 = try api.group("v1", on: router, security: .required("apiKey"), errors: [.invalidAPIKey]) { $0.add(middleware: auth) }
///     v1.add(createRun, listRuns)
///     let document = try api.finish()
public final class API {
    public let info: APIInfo
    let schemes: [SecurityScheme]
    let dialect: Dialect
    /// Those any endpoint can end with.
    let errors: [ProblemType]
    private(set) var endpoints: [WiredEndpoint] = []
    private(set) var problems: [String] = []
    private var groups: Set<String> = []

    /// - Parameters:
    ///   - security: every scheme that endpoints may ask for.
    ///   - errors: those that any endpoint can end with, such as `internal_error`.
    public init(_ info: APIInfo, security: [SecurityScheme], dialect: Dialect = .problems, errors: [ProblemType] = [.internalError]) {
        self.info = info
        schemes = security
        self.dialect = dialect
        self.errors = errors
    }

    /// A part of the API below one path, which `build` puts its middleware around.
    ///
    /// - Parameters:
    ///   - path: below the router's root: `v1`.
    ///   - security: what its endpoints ask for; the middleware that `build` adds is what enforces it.
    ///   - parameters: those in `path`, which are the middleware's to read.
    ///   - headers: those that the middleware reads.
    ///   - errors: what that middleware refuses requests with.
    ///   - dialect: nil is the API's.
    public func group<Base: RequestContext, Context: RequestContext, Path: SchemaObject, Headers: SchemaObject>(
        _ path: String, on routes: some RouterMethods<Base>, security: Security, parameters: Path.Type = NoParameters.self,
        headers: Headers.Type = NoParameters.self, errors: [ProblemType] = [], tags: [String] = [], dialect: Dialect? = nil,
        _ build: (RouterGroup<Base>) -> RouterGroup<Context>
    ) -> APIGroup<Context> {
        APIGroup(
            api: self, routes: build(routes.group(RouterPath(path))), path: path.trimmedSlashes,
            parameters: [{ Path.members(in: &$0).schema(in: $0) }], headers: [{ Headers.members(in: &$0).schema(in: $0) }],
            security: security, errors: errors, tags: tags,
            dialect: dialect ?? self.dialect)
    }

    /// A part of the API without middleware of its own.
    public func group<Context: RequestContext>(
        _ path: String, on routes: some RouterMethods<Context>, security: Security, errors: [ProblemType] = [], tags: [String] = [],
        dialect: Dialect? = nil
    ) -> APIGroup<Context> {
        group(path, on: routes, security: security, errors: errors, tags: tags, dialect: dialect) { $0 }
    }

    func note(_ problem: String) { problems.append(problem) }

    /// Whether it may be routed.
    func add(_ endpoint: WiredEndpoint) -> Bool {
        defer { endpoints.append(endpoint) }
        return endpoint.template.isSound
            && !endpoints.contains { $0.method == endpoint.method && $0.template.matchesSame(as: endpoint.template) }
    }

    /// Everything that does not fit together, all at once; call it after the last endpoint was added.
    ///
    /// - Returns: the API's document.
    /// - Throws: ``APIWiringError``.
    @discardableResult
    public func finish() throws(APIWiringError) -> OpenAPIDocument {
        let draft = OpenAPIDraft(self)
        let problems = problems + WiringCheck(self).problems + draft.problems
        guard problems.isEmpty else { throw APIWiringError(api: info.title, problems: problems) }
        return OpenAPIDocument(draft.json)
    }
}

/// What an API says of itself.
public struct APIInfo: Sendable {
    public var title: String
    public var version: String
    /// Markdown.
    public var description: String
    /// Where it is served: `https://api.example.com`.
    public var servers: [String]
    /// Tags in the order documents show them, each with a sentence.
    public var tags: [(name: String, description: String)]

    public init(
        title: String, version: String, description: String = "", servers: [String] = [],
        tags: [(name: String, description: String)] = []
    ) {
        self.title = title
        self.version = version
        self.description = description
        self.servers = servers
        self.tags = tags
    }
}

/// An API whose parts do not fit together, with everything that is wrong.
public struct APIWiringError: Error, Hashable, Sendable, CustomStringConvertible {
    public let api: String
    /// Each names the endpoint and says what to change.
    public let problems: [String]

    public var description: String {
        "The API \"\(api)\" is wired wrongly:\n" + problems.map { "  - \($0)" }.joined(separator: "\n")
    }
}

extension String {
    /// `/v1/` is `v1`.
    var trimmedSlashes: String { split(separator: "/").joined(separator: "/") }
}
