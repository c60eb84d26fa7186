import ArgumentParser

/// A span of time as people write it: `500ms`, `30s`, `5m`, `2h`, `7d`; a bare number is seconds.
struct DurationArgument: ExpressibleByArgument {
    let duration: Duration

    init(_ duration: Duration) {
        self.duration = duration
    }

    init?(argument: String) {
        let unit = argument.drop { $0.isNumber || $0 == "." }
        guard let number = Double(argument.dropLast(unit.count)), number.isFinite, number >= 0, number < 1e9 else { return nil }
        let milliseconds: Double
        switch unit {
        case "ms": milliseconds = 1
        case "", "s": milliseconds = 1000
        case "m": milliseconds = 60_000
        case "h": milliseconds = 3_600_000
        case "d": milliseconds = 86_400_000
        default: return nil
        }
        duration = .milliseconds(Int64((number * milliseconds).rounded()))
    }

    var defaultValueDescription: String { "\(duration.components.seconds)s" }
}
