public import Hummingbird
public import JSON

/// What an endpoint answers when all went well: its type says which responses there can be, so that no other can be given.
///
/// ``OK``, ``Created``, ``Accepted`` and ``NoContent`` are the usual ones; ``Either`` is one of two, ``WithHeaders`` adds headers,
/// ``Conditional`` an `ETag`; ``Redirect``, ``ByteStream``, ``EventStream`` and ``FileReply`` are what their names say.
public protocol EndpointOutput: Sendable {
    /// Every response there can be, for documents.
    static func describe(in catalog: inout SchemaCatalog) -> [ResponseDescription]

    /// - Parameter request: what it answers; most look at nothing in it.
    func response(to request: Request) throws -> Response

    /// The body as an example in documents: nil when it is not JSON.
    var example: JSONValue? { get }
}

extension EndpointOutput {
    public var example: JSONValue? { nil }
}

/// One response of an endpoint.
public struct ResponseDescription: Sendable {
    public var status: Int
    public var description: String
    /// The media type of the body; nil for none.
    public var mediaType: String?
    /// The schema of the body; nil for bytes of any kind.
    public var schema: JSONObject?
    public var headers: [HeaderDescription]

    public init(
        status: Int, description: String, mediaType: String? = nil, schema: JSONObject? = nil, headers: [HeaderDescription] = []
    ) {
        self.status = status
        self.description = description
        self.mediaType = mediaType
        self.schema = schema
        self.headers = headers
    }
}

/// A header of a response.
public struct HeaderDescription: Sendable {
    public let name: String
    public let description: String
    public let schema: JSONObject
    /// Whether every such response has it.
    public let isRequired: Bool

    public init(_ name: String, _ description: String, schema: JSONObject = ["type": "string"], isRequired: Bool = false) {
        self.name = name
        self.description = description
        self.schema = schema
        self.isRequired = isRequired
    }

    var json: JSONObject {
        var object: JSONObject = ["description": .string(description), "schema": .object(schema)]
        if isRequired { object["required"] = true }
        return object
    }
}
