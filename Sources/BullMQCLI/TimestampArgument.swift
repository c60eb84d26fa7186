import ArgumentParser
import Primitives

/// A moment: RFC 3339, `2026-12-24T18:00:00+01:00`, or milliseconds since 1970.
struct TimestampArgument: ExpressibleByArgument {
    let timestamp: Timestamp

    init?(argument: String) {
        if let milliseconds = Int64(argument) {
            timestamp = Timestamp(milliseconds: milliseconds)
        } else if let parsed = Timestamp(rfc3339: argument) {
            timestamp = parsed
        } else {
            return nil
        }
    }
}
