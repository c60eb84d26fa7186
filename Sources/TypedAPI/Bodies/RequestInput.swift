import HTTPTypes
public import Hummingbird
import JSON

/// A part of a request that an endpoint does not have: any parameter in it is unknown.
@Schema public struct NoParameters: Equatable {
    public init() {}
}

/// What an endpoint takes, read whole.
public struct RequestInput<Path: SchemaValue, Query: SchemaValue, Headers: SchemaValue, Body: SchemaValue>: Sendable {
    public let path: Path
    public let query: Query
    public let headers: Headers
    public let body: Body
}

extension Request {
    /// Reads the parts of a request by their declarations, in the order of the dialect.
    ///
    /// - Parameters:
    ///   - parameters: Of the path, as the router found them.
    ///   - headers: Its fields have the names of headers in lower case: `@Field("idempotency-key")`. Other headers are not looked at.
    ///   - body: ``NoParameters`` leaves the body unread.
    /// - Throws: What the dialect renders.
    public func input<Path: SchemaValue, Query: SchemaValue, Headers: SchemaValue, Body: SchemaValue>(
        path: Path.Type = NoParameters.self, parameters: Parameters = .init(), query: Query.Type = NoParameters.self,
        headers: Headers.Type = NoParameters.self, body: Body.Type = NoParameters.self, dialect: Dialect = .problems
    ) async throws -> RequestInput<Path, Query, Headers, Body> {
        var lenient = dialect
        lenient.unknownFields = .strip
        var ofQuery = dialect
        ofQuery.unknownFields = dialect.unknownParameters
        var findings: [Dialect.Finding] = []
        func collect<Value>(_ part: Dialect.Part, _ result: Result<Value, SchemaFailure>) throws -> Value? {
            switch result {
            case .success(let value): return value
            case .failure(.malformed(let error)): throw dialect.render(.malformedJSON(error))
            case .failure(.invalid(let issues)):
                findings += issues.map { Dialect.Finding(part: part, issue: $0) }
                return nil
            }
        }
        var parts: (path: Path?, query: Query?, headers: Headers?, body: Body?)
        // A part the dialect does not name is read last.
        let named = Set(dialect.stages.flatMap(\.self))
        let others = [Dialect.Part.path, .query, .headers, .body].filter { !named.contains($0) }
        for stage in dialect.stages + [others] {
            for part in stage {
                switch part {
                case .path:
                    let pairs = parameters.map { (name: String($0.key), value: String($0.value)) }
                    parts.path = try collect(part, read(pairs, lenient))
                case .query: parts.query = try collect(part, read(FormText.pairs(uri.query ?? ""), ofQuery))
                case .headers:
                    let pairs = self.headers.map { (name: $0.name.canonicalName, value: $0.value) }
                    parts.headers = try collect(part, read(pairs, lenient))
                case .body: parts.body = try collect(part, try await readBody(dialect))
                }
            }
            guard findings.isEmpty else { throw dialect.render(.invalid(Array(findings.prefix(dialect.maximumIssues)))) }
        }
        guard let path = parts.path, let query = parts.query, let headers = parts.headers, let body = parts.body else {
            preconditionFailure("a part that was read is there or has an issue")
        }
        return RequestInput(path: path, query: query, headers: headers, body: body)
    }

    private func read<Value: SchemaValue>(
        _ pairs: [(name: String, value: String)]?, _ dialect: Dialect
    ) -> Result<Value, SchemaFailure> {
        guard let pairs else {
            return .failure(.invalid([Issue(code: .format, message: "Has a malformed percent escape.")]))
        }
        return Result { () throws(SchemaFailure) in try Value.parse(parameters: pairs, dialect: dialect) }
    }

    private func readBody<Body: SchemaValue>(_ dialect: Dialect) async throws -> Result<Body, SchemaFailure> {
        if let none = NoParameters() as? Body { return .success(none) }
        let bytes: [UInt8]
        do {
            bytes = try await self.bytes(upTo: dialect.limits.size)
        } catch let problem as Problem where problem.type == .bodyTooLarge {
            throw dialect.render(.bodyTooLarge(limit: dialect.limits.size))
        }
        guard !bytes.isEmpty else { throw dialect.render(.bodyRequired) }
        let isPlain = headers[.contentEncoding].map { $0.lowercased() == "identity" } ?? true
        if isPlain, dialect.bodyForms.contains(.json), Self.isJSON(headers[.contentType]) {
            return Result { () throws(SchemaFailure) in try Body.parse(bytes, dialect: dialect) }
        }
        if isPlain, dialect.bodyForms.contains(.form), Self.isForm(headers[.contentType]) {
            return read(String(validating: bytes, as: UTF8.self).flatMap { FormText.pairs($0) }, dialect)
        }
        throw dialect.render(.unsupportedMediaType)
    }

    private static func isForm(_ contentType: String?) -> Bool {
        let essence = contentType?.prefix { $0 != ";" }.lowercased().filter { !$0.isWhitespace }
        return essence == "application/x-www-form-urlencoded"
    }
}
