import Foundation
import JSON
public import Logging
import Primitives

/// Writes one line an event to standard error: JSON for collectors, or aligned text for eyes.
public struct LineLogHandler: LogHandler {
    public var logLevel: Logger.Level
    public var metadata: Logger.Metadata = [:]
    public var metadataProvider: Logger.MetadataProvider?
    private let label: String
    private let format: LogFormat

    public init(label: String, level: Logger.Level, format: LogFormat) {
        self.label = label
        self.format = format
        logLevel = level
    }

    public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    public func log(event: LogEvent) {
        var all = metadata
        if let provided = metadataProvider?.get() { all.merge(provided) { $1 } }
        if let own = event.metadata { all.merge(own) { $1 } }
        LogOutput.standardError.write(Array((line(event.level, "\(event.message)", all) + "\n").utf8), as: format)
    }

    /// Without its end.
    func line(_ level: Logger.Level, _ message: String, _ metadata: Logger.Metadata) -> String {
        switch format {
        case .json: jsonLine(level, message, metadata)
        case .pretty: prettyLine(level, message, metadata)
        }
    }

    private func jsonLine(_ level: Logger.Level, _ message: String, _ metadata: Logger.Metadata) -> String {
        var object: JSONObject = [
            "time": .string(Timestamp.now.rfc3339), "level": .string(level.rawValue), "logger": .string(label), "message": .string(message),
        ]
        for (key, value) in metadata.sorted(by: { $0.key < $1.key }) { object[key] = Self.json(value) }
        return JSONValue.object(object).text()
    }

    /// Numbers stay numbers, so that collectors can compute with them.
    private static func json(_ value: Logger.Metadata.Value) -> JSONValue {
        switch value {
        case .stringConvertible(let number as Int): .number(number)
        case .stringConvertible(let number as Double): .number(number)
        default: .string("\(value)")
        }
    }

    private func prettyLine(_ level: Logger.Level, _ message: String, _ metadata: Logger.Metadata) -> String {
        let time = Timestamp.now.rfc3339.dropFirst(11).dropLast()
        let pairs = metadata.sorted { $0.key < $1.key }.filter { $0.key != "hb.request.id" }.map { " \($0.key)=\($0.value)" }.joined()
        return "\(time) \(level.rawValue.uppercased().padding(toLength: 7, withPad: " ", startingAt: 0)) \("\(message)\(pairs)".printable)"
    }
}
