import Primitives

/// The key of a repeatable job as clients before BullMQ 6 made them: `name:id:end:zone:pattern`, or an interval in place of the pattern.
struct LegacyRepeatKey {
    let name: String
    let end: Timestamp?
    let zone: String?
    let pattern: String

    init?(_ key: String) {
        let parts = key.split(separator: ":", maxSplits: 4, omittingEmptySubsequences: false).map { String($0) }
        guard parts.count == 5, Int(parts[4]) != nil || (5...6).contains(parts[4].split(separator: " ").count) else { return nil }
        name = parts[0]
        end = Int64(parts[2]).map { Timestamp(milliseconds: $0) }
        zone = parts[3].isEmpty ? nil : parts[3]
        pattern = parts[4]
    }

    var schedule: JobSchedule {
        if let every = Int(pattern) { return JobSchedule(.every(.milliseconds(every)), end: end) }
        return JobSchedule(.cron(pattern, timeZone: zone ?? "UTC"), end: end)
    }
}
