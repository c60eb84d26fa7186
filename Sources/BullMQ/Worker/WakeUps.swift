/// Which wake-ups a worker waits for, and which it passes on.
///
/// With nothing but the reserve left, another worker is to be woken for groups that hold something, and for jobs without a group when they do.
struct WakeUps {
    /// What waits may not have the slots that are left.
    private var isReserved = false
    /// The latest wake-up was for a job that may not have one of them.
    private var ignoresMarker = false
    /// The marker that woke the worker last.
    private(set) var latest: String?

    mutating func woken(by marker: String?) { latest = marker }

    func markers(_ keys: QueueKeys) -> [String] {
        if !isReserved { return [keys.marker, keys.key("sw:m"), keys.key("sw:mi")] }
        return ignoresMarker ? [keys.key("sw:mi")] : [keys.marker, keys.key("sw:mi")]
    }

    /// Takes note of what a turn found.
    /// - Returns: whether the latest wake-up was for a job that this worker may not start now, and another one may.
    mutating func note(_ reply: TurnReply, reported: Bool, _ keys: QueueKeys) -> Bool {
        isReserved = reply.isReserved
        if reported || !isReserved { ignoresMarker = false }
        guard isReserved, reply.jobs.isEmpty, !reported, latest == keys.marker else { return false }
        latest = nil
        ignoresMarker = true
        return true
    }
}
