/// How large, and how slow, a request may be before it is refused.
public struct ServerLimits: Sendable {
    /// Path and query; more is 414.
    public var addressBytes = 8 << 10
    /// One header field, name and value; more is 431.
    public var headerFieldBytes = 16 << 10
    /// All header fields together with the path; more is 431.
    public var headerBytes = 32 << 10
    /// More is 431.
    public var headerFields = 100
    /// A declared body larger than this is not asked for with `100 Continue`; what is read of one is the route's to limit.
    public var bodyBytes = 2 << 20
    /// From the first byte of a request to the last of its body; longer is 408.
    public var receive = Duration.seconds(15)
    /// From the whole head to the beginning of the answer; longer is the server's own overdue problem.
    public var respond = Duration.seconds(20)
    /// From the wish to stop to the last moment at which an answer may begin; what is unanswered then gets the server's problem for it.
    public var stop = Duration.seconds(20)
    /// A connection on which nothing moves for so long is closed: nothing is asked, or nothing taken of what was answered. Who
    /// reads slowly is seen to read by what leaves our buffers, in steps of some tens of kilobytes.
    public var idle = Duration.seconds(60)

    public init() {}
}
