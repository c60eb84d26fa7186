/// Until when callers wait for their statements. Knows marks only weakly: a statement that is through needs no clean-up.
struct TimeLimits {
    private struct Entry {
        let deadline: Int64
        weak var mark: CancellationMark?
    }

    private var entries: [Entry] = []
    /// Entries of finished statements are swept out when there are this many in all.
    private var sweepAt = 256
    /// The earliest deadline; perhaps of a statement that is through.
    private(set) var next = Int64.max

    var count: Int { entries.count }

    mutating func add(_ mark: CancellationMark, deadline: Int64) {
        if entries.count >= sweepAt {
            entries.removeAll { $0.mark == nil }
            sweepAt = max(256, entries.count * 2)
        }
        entries.append(Entry(deadline: deadline, mark: mark))
        next = min(next, deadline)
    }

    mutating func takeExpired(at now: Int64) -> [CancellationMark] {
        guard next <= now else { return [] }
        var expired: [CancellationMark] = []
        var kept: [Entry] = []
        next = .max
        for entry in entries {
            guard let mark = entry.mark else { continue }
            if entry.deadline <= now {
                expired.append(mark)
            } else {
                kept.append(entry)
                next = min(next, entry.deadline)
            }
        }
        entries = kept
        return expired
    }
}
