import Primitives
import RedisClient

/// The reply of ``Scripts/turn``.
struct TurnReply: Sendable {
    let codes: [Int]
    let jobs: [Assignment]
    /// Milliseconds; 0: none.
    let rateLimit: Int64
    /// Milliseconds since 1970; 0: none.
    let nextDelayed: Int64
    /// The queue has nothing left.
    let isDrained: Bool
    /// As many jobs of the queue run as may run at once.
    let isFull: Bool
    /// Jobs wait, and only the reserve is left of what was asked for.
    let isReserved: Bool

    init(_ reply: RedisValue) {
        let parts = reply.array ?? []
        codes = parts.first?.array?.map { $0.int ?? 0 } ?? []
        let now = Array(String(Timestamp.now.milliseconds).utf8)
        jobs = (parts.count > 1 ? parts[1].array ?? [] : []).compactMap { item in
            guard let item = item.array, item.count == 3, let id = item[0].string, let token = item[1].string else { return nil }
            var fields = JobFields(item[2])
            // The hash was read before this try was entered into it.
            fields["ats"] = Array(String((fields.int("ats") ?? 0) + 1).utf8)
            fields["processedOn"] = now
            return Job(id: id, fields: fields).map { Assignment($0, token: token) }
        }
        rateLimit = parts.count > 2 ? Int64(parts[2].int ?? 0) : 0
        nextDelayed = parts.count > 3 ? Int64(parts[3].int ?? 0) : 0
        isDrained = parts.count > 4 && parts[4].int == 1
        isFull = parts.count > 5 && parts[5].int == 1
        isReserved = parts.count > 6 && parts[6].int == 1
    }
}
