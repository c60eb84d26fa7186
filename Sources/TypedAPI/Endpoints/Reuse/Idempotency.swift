import Crypto
public import HTTPTypes
public import Hummingbird
public import JSON
import NIOCore

extension HTTPField.Name {
    public static let idempotencyKey = HTTPField.Name("Idempotency-Key")!  // literals that are valid field names
    public static let idempotencyReplayed = HTTPField.Name("Idempotency-Replayed")!
}

/// The header of an endpoint that does a thing at most once for a key: `headers: IdempotencyHeaders.self`.
///
/// What is no key is a problem of its own rather than a validation error, so any text is read here; see ``key()``.
@Schema public struct IdempotencyHeaders: Equatable {
    /// A name for this request, new for every other one and kept for 24 hours: sending it again gives the first answer again instead of
    /// doing the thing twice. It counts within the organization, for this method and this resource: other projects and other queues may use
    /// the same, and a queue is the same by its id and by its name.
    @Field("idempotency-key") public var text: IdempotencyKeyText?

    /// - Throws: ``Problem`` 400 `invalid_idempotency_key`.
    public func key() throws -> String? {
        guard let text = text?.schemaText else { return nil }
        guard (1...255).contains(text.utf8.count), text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw Problem(.invalidIdempotencyKey)
        }
        return text
    }
}

/// What an `Idempotency-Key` says; documents tell what it has to look like.
public struct IdempotencyKeyText: SchemaText, Equatable {
    public let schemaText: String

    public init(schemaText text: String) { schemaText = text }

    public static var schemaForm: TextForm { TextForm("1 to 255 visible ASCII characters", pattern: "^[!-~]{1,255}$") }
}

/// A request that is to be done at most once: the key its caller gave it, and what tells it from other requests with that key.
public struct IdempotentRequest: Sendable {
    public let key: String
    /// What the key is scoped to, beside its tenant: method and path with the ids that the path's names were resolved to, such as
    /// `POST /v1/projects/proj_…/queues/queue_…/messages`.
    public let route: String
    /// SHA-256 of route and body.
    public let fingerprint: [UInt8]

    /// nil without the header.
    ///
    /// - Parameter route: of the resource itself, whatever it was called by: one path for it, and no other resource's.
    /// - Throws: ``Problem`` 400 `invalid_idempotency_key`.
    public init?<Path, Query, Body>(_ input: RequestInput<Path, Query, IdempotencyHeaders, Body>, route: String) throws {
        guard let key = try input.headers.key() else { return nil }
        self.key = key
        self.route = route
        var hasher = SHA256()
        hasher.update(data: Array("\(route)\n".utf8))
        hasher.update(data: input.bytes)
        fingerprint = Array(hasher.finalize())
    }
}

/// An answer that can be kept and given again: its status, its JSON, and the headers that belong to it.
public struct StoredReply: Sendable {
    public var status: Int
    public var headers: [String: String]
    public var body: [UInt8]
    public var isReplay: Bool

    public init(status: Int, headers: [String: String], body: [UInt8], isReplay: Bool = false) {
        self.status = status
        self.headers = headers
        self.body = body
        self.isReplay = isReplay
    }

    /// Fields of one name are one list.
    @usableFromInline static func combined(_ fields: HTTPFields) -> [String: String] {
        fields.reduce(into: [:]) { $0[$1.name.rawName] = fields[$1.name] }
    }

    /// A fresh answer.
    @inlinable
    public init<Status, Body>(_ reply: Reply<Status, Body>) {
        self.init(
            status: Status.status.code, headers: Self.combined(reply.headers),
            body: reply.body.jsonBytes())
    }

    /// A fresh answer with headers that are part of its contract.
    @inlinable
    public init<Status, Body, Headers>(_ reply: WithHeaders<Reply<Status, Body>, Headers>) {
        var base = reply.base
        reply.headers.add(to: &base.headers)
        self.init(base)
    }

    public var response: Response {
        var fields = HTTPFields()
        for (name, value) in headers {
            if let name = HTTPField.Name(name) { fields[name] = value }
        }
        if isReplay { fields[.idempotencyReplayed] = "true" }
        return .json(bytes: body, status: .init(code: status), headers: fields)
    }
}

/// An answer of an endpoint that does a thing at most once: the first time `Base`, and the same again for the same key.
public struct Replayable<Base: EndpointOutput>: EndpointOutput {
    public var reply: StoredReply
    public let example: JSONValue?

    /// - Parameter reply: was made of a `Base`, now or when the key was used first.
    @inlinable
    public init(_ reply: StoredReply) {
        self.reply = reply
        example = nil
    }

    /// For documents.
    @inlinable
    public init<Status, Body>(example: Base) where Base == Reply<Status, Body> {
        reply = StoredReply(example)
        self.example = example.example
    }

    /// For documents.
    @inlinable
    public init<Status, Body, Headers>(example: Base) where Base == WithHeaders<Reply<Status, Body>, Headers> {
        reply = StoredReply(example)
        self.example = example.example
    }

    public func response(to request: Request) throws -> Response { reply.response }

    public static func describe(in catalog: inout SchemaCatalog) -> [ResponseDescription] {
        Base.describe(in: &catalog).map { response in
            var response = response
            response.headers.append(
                HeaderDescription(
                    "Idempotency-Replayed", "There when this is the answer to an earlier request with the same Idempotency-Key.",
                    schema: ["type": "string", "const": "true"]))
            return response
        }
    }
}

extension ProblemType {
    public static let invalidIdempotencyKey = ProblemType(
        "invalid_idempotency_key", .badRequest, "Invalid idempotency key",
        explanation: "Idempotency-Key must have 1 to 255 visible ASCII characters.")
    public static let idempotencyKeyReused = ProblemType(
        "idempotency_key_reused", .unprocessableContent, "Idempotency key reused",
        explanation: "This Idempotency-Key was used for another request in the last 24 hours. Use a new key for a new request.")
    public static let idempotencyInFlight = ProblemType(
        "idempotency_in_flight", .conflict, "Request in flight",
        explanation: "A request with this Idempotency-Key is still running. Send it again in a moment for its answer.")

    /// What an endpoint that takes an `Idempotency-Key` can end with because of it.
    public static let idempotency: [ProblemType] = [.invalidIdempotencyKey, .idempotencyKeyReused, .idempotencyInFlight]
}
