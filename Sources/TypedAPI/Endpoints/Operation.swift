public import HTTPTypes
import Hummingbird
import JSON

/// What an endpoint is, without what does it: everything that documents say.
public struct Operation: Sendable {
    public let id: String
    public let method: HTTPRequest.Method
    /// Below the group's path.
    public let path: String
    public let summary: String
    public let description: String
    public let tags: [String]
    /// Those of its requirements included.
    public let errors: [ProblemType]
    public let security: Security?
    public let scopes: [String]
    public let isDeprecated: Bool
    /// Whether a body has to be there.
    let requiresBody: Bool
    /// Media types of a body that the handler reads itself.
    let upload: [String]
    let example: JSONValue?
    let answer: JSONValue?
    /// What is wrong with the examples.
    let exampleProblems: [String]

    private typealias Schema = @Sendable (inout SchemaCatalog) -> JSONObject
    private let makePathSchema: Schema
    private let makeQuerySchema: Schema
    private let makeHeadersSchema: Schema
    private let makeBodySchema: Schema?
    private let makeResponses: @Sendable (inout SchemaCatalog) -> [ResponseDescription]

    @usableFromInline
    init<Path: SchemaObject, Query: SchemaObject, Headers: SchemaObject, Body: SchemaValue, Output: EndpointOutput, Context>(
        _ settings: EndpointSettings<Context>, _ path: Path.Type, _ query: Query.Type, _ headers: Headers.Type, _ body: Body.Type,
        _ output: Output.Type, example: Body?, answer: Output?
    ) {
        id = settings.id
        method = settings.method
        self.path = settings.path
        summary = settings.summary
        description = settings.description
        tags = settings.tags
        errors = settings.requires.flatMap(\.errors) + settings.errors
        security = settings.security
        scopes = settings.requires.compactMap(\.scope)
        isDeprecated = settings.isDeprecated
        upload = settings.upload
        let hasBody = !(Body.self is any AbsentPart.Type)
        requiresBody = hasBody && !(Body.self is any AbsentBody.Type) || !upload.isEmpty
        makePathSchema = { Path.members(in: &$0).schema(in: $0) }
        makeQuerySchema = { Query.members(in: &$0).schema(in: $0) }
        makeHeadersSchema = { Headers.members(in: &$0).schema(in: $0) }
        let makeBodySchema: Schema = { Body.schema(in: &$0) }
        self.makeBodySchema = hasBody ? makeBodySchema : nil
        makeResponses = { Output.describe(in: &$0) }
        self.example = example?.jsonValue()
        self.answer = answer?.example
        var problems: [String] = []
        if let example {
            do throws(SchemaFailure) {
                _ = try Body.parse(example.jsonBytes())
            } catch {
                problems.append("the example of its body is refused: \(error.summary)")
            }
        }
        exampleProblems = problems
    }

    func pathSchema(in catalog: inout SchemaCatalog) -> JSONObject { makePathSchema(&catalog) }
    func querySchema(in catalog: inout SchemaCatalog) -> JSONObject { makeQuerySchema(&catalog) }
    func headersSchema(in catalog: inout SchemaCatalog) -> JSONObject { makeHeadersSchema(&catalog) }
    /// nil when it takes no body, or one that the handler reads itself.
    func bodySchema(in catalog: inout SchemaCatalog) -> JSONObject? { makeBodySchema?(&catalog) }
    func responses(in catalog: inout SchemaCatalog) -> [ResponseDescription] { makeResponses(&catalog) }

    var takesBody: Bool { makeBodySchema != nil || !upload.isEmpty }
}

extension SchemaFailure {
    /// In one line, for people.
    var summary: String {
        switch self {
        case .malformed(let error): error.description
        case .invalid(let issues): issues.map { "\($0.pointer.isEmpty ? "the value" : $0.pointer): \($0.message)" }.joined(separator: " ")
        }
    }
}
