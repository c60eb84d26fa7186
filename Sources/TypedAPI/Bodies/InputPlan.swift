import HTTPTypes
public import Hummingbird
import JSON

/// How the parts of a request are read under one dialect, decided once for all requests of an endpoint.
public struct InputPlan<Path: SchemaValue, Query: SchemaValue, Headers: SchemaValue, Body: SchemaValue>: Sendable {
    @usableFromInline let dialect: Dialect
    /// Of parts that hold more than the endpoint declares, such as headers.
    @usableFromInline let lenient: Dialect
    @usableFromInline let ofQuery: Dialect
    @usableFromInline let stages: [[Dialect.Part]]
    /// What stands for the parts that the endpoint does not have; nil for those it has.
    @usableFromInline let noPath: Path?
    @usableFromInline let noQuery: Query?
    @usableFromInline let noHeaders: Headers?
    @usableFromInline let noBody: Body?

    public init(dialect: Dialect) {
        self.dialect = dialect
        var lenient = dialect
        lenient.unknownFields = .strip
        self.lenient = lenient
        var ofQuery = dialect
        ofQuery.unknownFields = dialect.unknownParameters
        self.ofQuery = ofQuery
        // A part the dialect does not name is read last.
        let named = Set(dialect.stages.flatMap(\.self))
        let asked = dialect.stages + [[Dialect.Part.path, .query, .headers, .body].filter { !named.contains($0) }]
        noPath = RequestParts.none(Path.self)
        noQuery = RequestParts.none(Query.self)
        noHeaders = RequestParts.none(Headers.self)
        noBody = RequestParts.none(Body.self)
        let missing: [(part: Dialect.Part, isMissing: Bool)] = [
            (.path, noPath != nil), (.headers, noHeaders != nil), (.body, noBody != nil),
        ]
        stages = asked.map { stage in stage.filter { part in !missing.contains { $0.part == part && $0.isMissing } } }.filter {
            !$0.isEmpty
        }
    }

    @inlinable
    public func read(_ request: Request, _ parameters: Parameters) async throws -> RequestInput<Path, Query, Headers, Body> {
        if let noPath, let noQuery, let noHeaders, let noBody, !request.uri.string.utf8.contains(0x3F) {  // ?
            return RequestInput(path: noPath, query: noQuery, headers: noHeaders, body: noBody, bytes: [], request: request)
        }
        return try await readParts(of: request, parameters)
    }

    @inlinable
    func readParts(of request: Request, _ parameters: Parameters) async throws -> RequestInput<Path, Query, Headers, Body> {
        var (path, headers, body) = (noPath, noHeaders, noBody)
        var query: Query?
        var bytes: [UInt8] = []
        var findings: [Dialect.Finding] = []
        for stage in stages {
            for part in stage {
                switch part {
                case .path: path = try take(part, RequestParts.parse(RequestParts.pairs(parameters), lenient), &findings)
                case .query: query = try take(part, RequestParts.parse(RequestParts.query(of: request), ofQuery), &findings)
                case .headers: headers = try take(part, RequestParts.parse(RequestParts.headers(of: request), lenient), &findings)
                case .body:
                    bytes = try await RequestParts.body(of: request, dialect)
                    body = try take(part, parse(bytes, of: request), &findings)
                }
            }
            guard findings.isEmpty else { throw dialect.render(.invalid(Array(findings.prefix(dialect.maximumIssues)))) }
        }
        guard let path, let query, let headers, let body else {
            preconditionFailure("a part that was read is there or has an issue")
        }
        return RequestInput(path: path, query: query, headers: headers, body: body, bytes: bytes, request: request)
    }

    @inlinable
    func take<Value>(
        _ part: Dialect.Part, _ result: Result<Value, SchemaFailure>, _ findings: inout [Dialect.Finding]
    ) throws -> Value? {
        switch result {
        case .success(let value): return value
        case .failure(.malformed(let error)): throw dialect.render(.malformedJSON(error))
        case .failure(.invalid(let issues)):
            findings += issues.map { Dialect.Finding(part: part, issue: $0) }
            return nil
        }
    }

    @inlinable
    func parse(_ bytes: [UInt8], of request: Request) throws -> Result<Body, SchemaFailure> {
        if bytes.isEmpty {
            if let absent = RequestParts.absent(Body.self) { return .success(absent) }
            throw dialect.render(.bodyRequired)
        }
        switch RequestParts.form(of: request, dialect) {
        case .json: return Result { () throws(SchemaFailure) in try Body.parse(bytes, dialect: dialect) }
        case .form: return RequestParts.parse(RequestParts.pairs(inForm: bytes), dialect)
        case nil: throw dialect.render(.unsupportedMediaType)
        }
    }
}

/// Where the parts of a request are in it.
@usableFromInline enum RequestParts {
    @usableFromInline typealias Pairs = [(name: String, value: String)]

    @usableFromInline static func pairs(_ parameters: Parameters) -> Pairs? {
        parameters.map { (name: String($0.key), value: String($0.value)) }
    }

    @usableFromInline static func query(of request: Request) -> Pairs? { request.uri.query.map { FormText.pairs($0) } ?? [] }

    @usableFromInline static func headers(of request: Request) -> Pairs? {
        request.headers.map { (name: $0.name.canonicalName, value: $0.value) }
    }

    @usableFromInline static func pairs(inForm bytes: [UInt8]) -> Pairs? {
        String(validating: bytes, as: UTF8.self).flatMap { FormText.pairs($0) }
    }

    @inlinable
    static func parse<Value: SchemaValue>(_ pairs: Pairs?, _ dialect: Dialect) -> Result<Value, SchemaFailure> {
        guard let pairs else { return .failure(.invalid([Issue(code: .format, message: "Has a malformed percent escape.")])) }
        return Result { () throws(SchemaFailure) in try Value.parse(parameters: pairs, dialect: dialect) }
    }

    @usableFromInline static func body(of request: Request, _ dialect: Dialect) async throws -> [UInt8] {
        do {
            return try await request.bytes(upTo: dialect.limits.size)
        } catch let problem as Problem where problem.type == .bodyTooLarge {
            throw dialect.render(.bodyTooLarge(limit: dialect.limits.size))
        }
    }

    /// nil when the dialect takes no body of that media type.
    @usableFromInline static func form(of request: Request, _ dialect: Dialect) -> Dialect.BodyForm? {
        guard request.headers[.contentEncoding].map({ $0.lowercased() == "identity" }) ?? true else { return nil }
        let type = request.headers[.contentType]
        if dialect.bodyForms.contains(.json), Request.isJSON(type) { return .json }
        if dialect.bodyForms.contains(.form), isForm(type) { return .form }
        return nil
    }

    private static func isForm(_ contentType: String?) -> Bool {
        guard let type = contentType.flatMap({ MediaRange($0) }) else { return false }
        return type.essence == "application/x-www-form-urlencoded" && type.isUTF8
    }

    /// What stands for a part that is never there.
    @usableFromInline static func none<Part>(_ type: Part.Type) -> Part? {
        // Casting nil would succeed where the part is an optional.
        guard let type = type as? any AbsentPart.Type else { return nil }
        return type.init() as? Part
    }

    /// What an absent body is read as, when it may be absent.
    @usableFromInline static func absent<Body: SchemaValue>(_ type: Body.Type) -> Body? {
        type is any AbsentBody.Type ? try? Body.parse("null") : nil
    }
}

/// A type whose body may be left out.
protocol AbsentBody {}

extension Optional: AbsentBody {}
