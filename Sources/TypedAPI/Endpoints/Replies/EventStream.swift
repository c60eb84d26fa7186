public import HTTPTypes
public import Hummingbird
import JSON
import NIOCore
import Primitives

/// One server-sent event.
public struct ServerSentEvent<Payload: SchemaValue>: Sendable {
    /// What the browser sends back as `Last-Event-ID` when it connects again; without line breaks.
    public var id: String?
    /// The name that listeners subscribe to; nil is `message`.
    public var name: String?
    public var data: Payload

    public init(_ data: Payload, name: String? = nil, id: String? = nil) {
        self.id = id
        self.name = name
        self.data = data
    }

    /// The lines on the wire. JSON has no line breaks outside of escapes, so `data` is one line.
    var bytes: [UInt8] {
        var bytes: [UInt8] = []
        func add(_ field: String, _ value: String) {
            // A line break would end the field and begin one of the sender's choosing.
            bytes += "\(field): \(value.filter { !$0.isNewline })\n".utf8
        }
        if let id { add("id", id) }
        if let name { add("event", name) }
        bytes += "data: ".utf8
        bytes += data.jsonBytes()
        bytes += "\n\n".utf8
        return bytes
    }
}

/// `text/event-stream`: events as they happen, and a comment in every pause, so that nobody on the way takes the connection for dead.
///
///     EventStream<RunEvent> { events in
///         for await event in feed { try await events.send(ServerSentEvent(event)) }
///     }
///
/// The stream ends when the closure returns. It is cancelled when the caller is gone.
public struct EventStream<Payload: SchemaValue>: EndpointOutput {
    /// Where events go; a slow reader slows the sender.
    public struct Sink: Sendable {
        fileprivate let handoff: Handoff<[UInt8]>

        /// Returns once the event is on its way.
        /// - Throws: `CancellationError` when nobody reads any more.
        public func send(_ event: ServerSentEvent<Payload>) async throws { try await handoff.send(event.bytes) }
    }

    private let heartbeat: Duration
    private let retry: Duration?
    private let headers: HTTPFields
    private let produce: @Sendable (Sink) async throws -> Void

    /// - Parameters:
    ///   - heartbeat: the longest silence.
    ///   - retry: how long a browser waits before it connects again; nil leaves that to the browser.
    public init(
        heartbeat: Duration = .seconds(15), retry: Duration? = nil, headers: HTTPFields = [:],
        _ produce: @escaping @Sendable (Sink) async throws -> Void
    ) {
        self.heartbeat = heartbeat
        self.retry = retry
        self.headers = headers
        self.produce = produce
    }

    public func response(to request: Request) throws -> Response {
        var headers = headers
        headers[.contentType] = "text/event-stream"
        headers[.cacheControl] = "no-store"
        // Proxies that collect answers would hold events back.
        headers[Self.accelBuffering] = "no"
        let (produce, heartbeat, retry) = (produce, heartbeat, retry)
        return Response(
            status: .ok, headers: headers,
            body: ResponseBody { writer in
                // Something at once: the head alone does not open an EventSource everywhere.
                try await writer.write(ByteBuffer(string: retry.map { "retry: \($0.milliseconds)\n\n" } ?? ":\n\n"))
                let handoff = Handoff<[UInt8]>()
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask {
                        defer { handoff.finish() }
                        try await produce(Sink(handoff: handoff))
                    }
                    group.addTask {
                        while true {
                            try await Task.sleep(for: heartbeat)
                            try await handoff.send(Array(":\n\n".utf8))
                        }
                    }
                    defer { group.cancelAll() }
                    while let bytes = try await handoff.next() { try await writer.write(ByteBuffer(bytes: bytes)) }
                    // What ended the producer, if it was an error.
                    try await group.next()
                }
                try await writer.finish(nil)
            })
    }

    private static var accelBuffering: HTTPField.Name { HTTPField.Name("X-Accel-Buffering")! }  // a literal that is a valid field name

    public static func describe(in catalog: inout SchemaCatalog) -> [ResponseDescription] {
        let data = Payload.schema(in: &catalog)
        return [
            ResponseDescription(
                status: 200, description: "Events; the data of each is JSON", mediaType: "text/event-stream",
                schema: ["type": "string", "contentMediaType": "application/json", "contentSchema": .object(data)])
        ]
    }
}

/// The header that a browser's `EventSource` sends when it connects again: `headers: LastEventID.self`.
@Schema public struct LastEventID {
    /// The id of the last event that arrived.
    @Field("last-event-id", .length(1...255)) public var lastEventID: String?
}
