import HTTPTypes
import JSON
import TypedAPI

extension Dialect {
    /// better-auth's: unknown members are ignored, and every problem is told in one sentence.
    static let betterAuth: Dialect = {
        var dialect = Dialect { refusal in
            switch refusal {
            case .notAcceptable: AuthError.uncoded(.badRequest, "Not acceptable")
            case .unsupportedMediaType: AuthError(.unsupportedMediaType, .unsupportedMediaType)
            case .bodyRequired: InputProblems.failure(["[body] Invalid input: expected object, received undefined"])
            case .bodyTooLarge: AuthError(.payloadTooLarge, .payloadTooLarge)
            case .malformedJSON: AuthError(.badRequest, .badRequest)
            case .invalid(let findings):
                InputProblems.failure(findings.map { "[\($0.part == .body ? "body" : "query")] \($0.issue.message)" })
            }
        }
        dialect.unknownFields = .strip
        dialect.unknownParameters = .strip
        dialect.limits = JSONLimits(depth: 32, size: 1 << 20)
        return dialect
    }()
}

extension AuthCall {
    /// The input of an endpoint.
    ///
    /// - Throws: ``AuthError`` 400 with `VALIDATION_ERROR` and every problem in better-auth's words.
    func read<Input: SchemaValue>(_ type: Input.Type, isBodyOptional: Bool) throws(AuthError) -> Input {
        let problems = InputProblems(
            place: method == .get ? "query" : "body", input: type, value: method == .get ? .object(query.object) : value)
        // What takes nothing looks at nothing.
        if type == NoInput.self, let none = try? Input.parse("{}", dialect: .betterAuth) { return none }
        do throws(SchemaFailure) {
            if method == .get { return try Input.parse(parameters: query.pairs, dialect: .betterAuth) }
            switch body {
            case .json(_, let bytes): return try Input.parse(bytes, dialect: .betterAuth)
            case .form(let items): return try Input.parse(parameters: items.pairs, dialect: .betterAuth)
            case .none:
                guard isBodyOptional else {
                    throw .invalid([Issue(code: .type, message: "Must be an object.", parameters: ["expected": "an object"])])
                }
                return try Input.parse("{}", dialect: .betterAuth)
            }
        } catch {
            switch error {
            case .malformed: throw AuthError(.badRequest, .badRequest)
            case .invalid(let issues): throw problems.failure(issues)
            }
        }
    }
}

/// Says what is wrong with an input as better-auth does: `[body.name] Invalid input: expected string, received undefined`.
struct InputProblems {
    let place: String
    let input: any SchemaValue.Type
    let value: JSONValue?

    func failure(_ issues: [Issue]) -> AuthError { Self.failure(issues.map(text)) }

    static func failure(_ problems: [String]) -> AuthError {
        AuthError(.badRequest, .validation, message: problems.joined(separator: "; "))
    }

    private func text(_ issue: Issue) -> String {
        let steps = issue.pointer.split(separator: "/").map { String($0).replacing("~1", with: "/").replacing("~0", with: "~") }
        return "[\(([place] + steps).joined(separator: "."))] \(problem(issue, at: steps))"
    }

    private func problem(_ issue: Issue, at steps: [String]) -> String {
        switch issue.code {
        case .required, .type: "Invalid input: expected \(expected(at: steps, issue)), received \(Self.kind(of: received(at: steps)))"
        case .format where issue.parameters["format"] == "email" || issue.message.contains("e-mail"): "Invalid email address"
        case .length where issue.parameters["minimum"] != nil && (received(at: steps)?.string?.isEmpty ?? false):
            "Too small: expected string to have >=\(issue.parameters["minimum"]?.text() ?? "1") characters"
        case .choice, .union: "Invalid input"
        default: issue.message
        }
    }

    /// The declared kind; looked up only here, where something is wrong anyway.
    private func expected(at steps: [String], _ issue: Issue) -> String {
        var catalog = SchemaCatalog(prefix: "#/")
        var schema = input.schema(in: &catalog)
        func resolve(_ schema: JSONObject) -> JSONObject {
            guard let name = schema["$ref"]?.string?.dropFirst(2) else { return schema }
            return catalog.definitions[String(name)]?.object ?? schema
        }
        schema = resolve(schema)
        for step in steps {
            guard let next = schema["properties"]?[step] ?? schema["additionalProperties"] ?? schema["items"] else { break }
            schema = resolve(next.object ?? [:])
        }
        // A map of any names is a record, in better-auth's words.
        if !steps.isEmpty, schema["type"]?.string == "object", schema["properties"] == nil { return "record" }
        let type = schema["type"]?.string ?? schema["type"]?.array?.first { $0.string != "null" }?.string
        return type == "integer" ? "number" : type ?? "object"
    }

    private func received(at steps: [String]) -> JSONValue? {
        steps.reduce(value) { value, step in value?[step] ?? Int(step).flatMap { value?[$0] } }
    }

    private static func kind(of value: JSONValue?) -> String {
        switch value {
        case nil: "undefined"
        case .null: "null"
        case .bool: "boolean"
        case .number: "number"
        case .string: "string"
        case .array: "array"
        case .object: "object"
        }
    }
}
