import CCurl

/// When connections that nobody uses are to be closed.
///
/// libcurl looks at their age only while it starts a transfer: without one they would stay, for as long as nothing is to be sent, also
/// those that the other side has long closed.
struct IdleSchedule {
    private let idleTimeout: Duration
    private var lastUse: ContinuousClock.Instant?
    private(set) var alarm: ContinuousClock.Instant?

    /// libcurl counts whole seconds, and keeps what is not older than it was told.
    private static let rounding = Duration.seconds(1)

    init(idleTimeout: Duration) { self.idleTimeout = max(idleTimeout, .seconds(1)) }

    /// A connection may have become idle.
    mutating func used(at now: ContinuousClock.Instant) {
        lastUse = now
        if alarm == nil { alarm = now + idleTimeout + Self.rounding }
    }

    /// Whether to look now; the next alarm is set then.
    mutating func isDue(at now: ContinuousClock.Instant) -> Bool {
        guard let lastUse, let alarm, alarm <= now else { return false }
        let oldest = lastUse + idleTimeout + Self.rounding
        // Once more after the last has its age: within a second of a look, libcurl does not look again.
        self.alarm = now > oldest + Self.rounding ? nil : max(oldest, now + Self.rounding)
        return true
    }
}

/// A transfer that goes nowhere: libcurl looks after its idle connections before it finds that this one is not to be made.
final class IdleSweep {
    private let multi: UnsafeMutableRawPointer
    private let easy: UnsafeMutableRawPointer

    /// - Returns: nil when the system refused memory.
    init?(multi: UnsafeMutableRawPointer, configuration: OutgoingHTTPConfiguration) {
        guard let easy = curl_easy_init() else { return nil }
        self.multi = multi
        self.easy = easy
        do throws(OutgoingError) {
            let options = EasyOptions(easy)
            try options.limitConnections(configuration)
            try options.set(CURLOPT_PROXY, "")
            try options.set(CURLOPT_NOSIGNAL, 1)
            try options.set(CURLOPT_URL, "http://127.0.0.1/")
            try options.check(mainstay_curl_set_open_socket(easy, { _, _, _ in -1 }))
        } catch {
            return nil
        }
        curl_multi_add_handle(multi, easy)
    }

    /// To come after libcurl's next turn.
    deinit {
        curl_multi_remove_handle(multi, easy)
        curl_easy_cleanup(easy)
    }
}
