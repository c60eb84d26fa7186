import JSON
public import Primitives

/// What ties a job to the trace of whoever added it, in the form that BullMQ's telemetry writes: propagation headers as a JSON object.
public struct JobTelemetry: Sendable, Hashable {
    /// `{"traceparent":"00-…"}`; other clients may have written something else.
    public var metadata: String?
    /// The worker starts a trace of its own although ``metadata`` names one.
    public var omitsContext: Bool

    public init(metadata: String?, omitsContext: Bool = false) {
        self.metadata = metadata
        self.omitsContext = omitsContext
    }

    /// Work of the job belongs to this trace.
    public init(_ trace: TraceContext) {
        self.init(metadata: JSONValue.object(["traceparent": .string(trace.traceparent)]).text())
    }

    /// The trace that the job was added in, if it says so in the W3C's form.
    public var trace: TraceContext? {
        guard !omitsContext, let metadata, let headers = try? JSONValue(parsing: metadata) else { return nil }
        return headers["traceparent"]?.string.flatMap { TraceContext(traceparent: $0) }
    }
}
