public import JSON

/// What documents say of a dialect's errors: their media type, their schema, and which of them reading a request can end with.
public struct ErrorFormat: Sendable {
    /// What a request is refused with before its handler sees it. Nil leaves it out of documents.
    public struct Refusals: Sendable {
        public var notAcceptable: ProblemType?
        public var unsupportedMediaType: ProblemType?
        public var bodyRequired: ProblemType?
        public var bodyTooLarge: ProblemType?
        public var malformedJSON: ProblemType?
        public var invalid: ProblemType?

        public init(
            notAcceptable: ProblemType? = nil, unsupportedMediaType: ProblemType? = nil, bodyRequired: ProblemType? = nil,
            bodyTooLarge: ProblemType? = nil, malformedJSON: ProblemType? = nil, invalid: ProblemType? = nil
        ) {
            self.notAcceptable = notAcceptable
            self.unsupportedMediaType = unsupportedMediaType
            self.bodyRequired = bodyRequired
            self.bodyTooLarge = bodyTooLarge
            self.malformedJSON = malformedJSON
            self.invalid = invalid
        }
    }

    public var mediaType: String
    public var refusals: Refusals
    /// The schema of every error's body.
    public var schema: @Sendable (inout SchemaCatalog) -> JSONObject
    /// What the body of one kind looks like; the text is the API's first server, or empty.
    public var example: @Sendable (ProblemType, String) -> JSONValue

    public init(
        mediaType: String, refusals: Refusals, schema: @escaping @Sendable (inout SchemaCatalog) -> JSONObject,
        example: @escaping @Sendable (ProblemType, String) -> JSONValue
    ) {
        self.mediaType = mediaType
        self.refusals = refusals
        self.schema = schema
        self.example = example
    }

    /// RFC 9457.
    public static let problems = ErrorFormat(
        mediaType: "application/problem+json",
        refusals: Refusals(
            notAcceptable: .notAcceptable, unsupportedMediaType: .unsupportedMediaType, bodyRequired: .bodyRequired,
            bodyTooLarge: .bodyTooLarge, malformedJSON: .malformedJSON, invalid: .validationFailed),
        schema: { ProblemDocument.schema(in: &$0) },
        example: { type, server in
            var problem = Problem(type)
            if type == .validationFailed {
                problem.detail = "One value is not acceptable."
                problem.errors = [FieldError(.pointer("/name"), code: "required", message: "Is required.")]
            }
            return problem.body(baseURL: server, requestID: "req_01h455vb4pex5vsknk084sn02q")
        })

    func errors(of operation: Operation, dialect: Dialect, hasMediaTypes: Bool, hasParameters: Bool) -> [ProblemType] {
        var errors: [ProblemType?] = []
        if hasMediaTypes { errors.append(refusals.notAcceptable) }
        if operation.takesBody {
            if operation.requiresBody, operation.upload.isEmpty { errors.append(refusals.bodyRequired) }
            if operation.upload.isEmpty, dialect.bodyForms.contains(.json) { errors.append(refusals.malformedJSON) }
            errors += [refusals.bodyTooLarge, refusals.unsupportedMediaType]
        }
        if hasParameters || operation.takesBody && operation.upload.isEmpty || dialect.unknownParameters == .reject {
            errors.append(refusals.invalid)
        }
        return errors.compactMap(\.self)
    }
}

/// An error, as RFC 9457 has it.
@Schema(name: "Problem")
struct ProblemDocument {
    /// The page that explains this kind of problem.
    @Field(.format(.uri)) var type: String
    /// The same few words for every problem of this kind.
    var title: String
    /// The HTTP status.
    var status: Int
    /// What happened this time; never repeats what was sent.
    var detail: String
    /// What programs branch on.
    @Field(.pattern("^[a-z][a-z0-9_]*$")) var code: String
    /// Under which the server logged the request.
    var requestId: String
    /// Every value that is not acceptable, all at once.
    @Field(.omitNil) var errors: [FieldProblem]?
}

/// One value that is not acceptable.
@Schema
struct FieldProblem {
    /// RFC 6901 pointer into the body.
    @Field(.notNull) var pointer: String?
    /// The name of the query, path or header parameter, where it is one.
    @Field(.notNull) var parameter: String?
    /// What programs branch on, such as `required` or `range`.
    var code: String
    var message: String
}
