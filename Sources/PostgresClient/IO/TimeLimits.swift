/// Until when callers wait for their statements. Knows jobs only weakly: a statement that is through needs no clean-up.
struct TimeLimits {
    private struct Entry {
        let deadline: Int64
        weak var job: Job?
    }

    private var entries: [Entry] = []
    /// Entries of finished statements are swept out when there are this many in all.
    private var sweepAt = 256
    /// The earliest deadline; perhaps of a statement that is through.
    private(set) var next = Int64.max

    var count: Int { entries.count }

    mutating func add(_ job: Job, deadline: Int64) {
        if entries.count >= sweepAt {
            entries.removeAll { $0.job == nil }
            sweepAt = max(256, entries.count * 2)
        }
        entries.append(Entry(deadline: deadline, job: job))
        next = min(next, deadline)
    }

    mutating func takeExpired(at now: Int64) -> [Job] {
        guard next <= now else { return [] }
        var expired: [Job] = []
        var kept: [Entry] = []
        next = .max
        for entry in entries {
            guard let job = entry.job else { continue }
            if entry.deadline <= now {
                expired.append(job)
            } else {
                kept.append(entry)
                next = min(next, entry.deadline)
            }
        }
        entries = kept
        return expired
    }
}
