/// Writes metrics in Prometheus' text format, version 0.0.4.
///
/// Source: https://prometheus.io/docs/instrumenting/exposition_formats/. Write each family once, all its samples together.
public struct PrometheusText: Sendable {
    public static let contentType = "text/plain; version=0.0.4; charset=utf-8"

    public enum Kind: String, Sendable { case counter, gauge, histogram }

    public private(set) var text = ""

    public init() {}

    /// Begins a family: its `HELP` and `TYPE` lines.
    public mutating func family(_ name: String, _ kind: Kind, _ help: String) {
        text += "# HELP \(name) \(help.replacing("\\", with: "\\\\").replacing("\n", with: "\\n"))\n# TYPE \(name) \(kind.rawValue)\n"
    }

    public mutating func sample(_ name: String, _ value: Double, _ labels: KeyValuePairs<String, String> = [:]) {
        write(name, Array(labels), Self.number(value))
    }

    public mutating func sample(_ name: String, _ value: Int, _ labels: KeyValuePairs<String, String> = [:]) {
        write(name, Array(labels), String(value))
    }

    /// One histogram: its cumulative buckets, sum and count.
    public mutating func histogram(_ name: String, _ histogram: Histogram, _ labels: KeyValuePairs<String, String> = [:]) {
        let labels = Array(labels)
        var count = 0
        for (bound, bucket) in zip(histogram.bounds, histogram.buckets) {
            count += bucket
            write("\(name)_bucket", labels + [("le", Self.number(bound))], String(count))
        }
        write("\(name)_bucket", labels + [("le", "+Inf")], String(histogram.count))
        write("\(name)_sum", labels, Self.number(histogram.sum))
        write("\(name)_count", labels, String(histogram.count))
    }

    private mutating func write(_ name: String, _ labels: [(key: String, value: String)], _ value: String) {
        text += name
        if !labels.isEmpty {
            text += "{" + labels.map { "\($0.key)=\"\(Self.escaped($0.value))\"" }.joined(separator: ",") + "}"
        }
        text += " \(value)\n"
    }

    private static func escaped(_ value: String) -> String {
        value.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n")
    }

    private static func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
        return value == value.rounded() && abs(value) < 1e15 ? String(Int(value)) : String(value)
    }
}

/// Counts of values by size, as a Prometheus histogram keeps them.
public struct Histogram: Sendable, Equatable {
    /// Upper bounds, inclusive and ascending; what is beyond the last is in ``count`` alone.
    public let bounds: [Double]
    /// Values in each bound's bucket alone, not cumulated.
    public private(set) var buckets: [Int]
    public private(set) var count = 0
    public private(set) var sum = 0.0

    public init(bounds: [Double]) {
        self.bounds = bounds
        buckets = Array(repeating: 0, count: bounds.count)
    }

    /// Half a millisecond to ten seconds, in seconds: for what somebody waits for.
    public static let latencyBounds = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

    public mutating func record(_ value: Double) {
        count += 1
        sum += value
        if let index = bounds.firstIndex(where: { value <= $0 }) { buckets[index] += 1 }
    }

    public mutating func record(_ duration: Duration) { record(duration / .seconds(1)) }
}
