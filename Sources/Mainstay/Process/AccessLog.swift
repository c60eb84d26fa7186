import Foundation
import HTTPTypes
import JSON
import Logging
import Primitives
import TypedAPI

/// Writes one line a request: who asked what, and how it went. Never the query, a header that grants anything, or a body.
///
/// It looks like the lines of ``LineLogHandler`` but is written without a logger: it is written for every request, and its members are fixed.
struct AccessLog: Sendable {
    let level: Logger.Level
    let format: LogFormat
    private let output = LogOutput.standardError

    init(level: Logger.Level, format: LogFormat) {
        self.level = level
        self.format = format
    }

    /// Probes ask all day: their answers are worth a line only when something is wrong.
    private static let quietRoutes: Set<String> = ["/health", "/ready", "/metrics"]

    /// - Parameter path: the record's own, without what grants anything.
    func write(_ record: RequestRecord, path: String) {
        let isQuiet = record.status.code < 500 && record.route.map(Self.quietRoutes.contains) == true
        let lineLevel: Logger.Level = isQuiet ? .debug : .info
        guard lineLevel >= level else { return }
        switch format {
        case .json: output.write(Self.json(record, path: path, lineLevel), as: format)
        case .pretty: output.write(Array(Self.pretty(record, path: path, lineLevel).utf8), as: format)
        }
    }

    static func json(_ record: RequestRecord, path: String, _ level: Logger.Level) -> [UInt8] {
        var line = JSONLine()
        line.add("time", Timestamp.now.rfc3339)
        line.add("level", level.rawValue)
        line.add("logger", "mainstay")
        line.add("message", "Request")
        line.add("method", record.method.rawValue)
        line.add("path", path, limit: 512)
        if let route = record.route { line.add("route", route) }
        line.add("status", record.status.code)
        line.add("duration.ms", hundredths: Int(record.duration / .microseconds(10)))
        if let bytes = record.bodyBytes { line.add("bytes", bytes) }
        if let client = record.clientAddress { line.add("client", client) }
        if let agent = record.userAgent { line.add("user_agent", agent, limit: 256) }
        if let tenant = record.tenant { line.add("organization.id", tenant) }
        line.add("request.id", record.requestID)
        line.add("trace.id", record.trace.traceID)
        return line.end()
    }

    private static func pretty(_ record: RequestRecord, path: String, _ level: Logger.Level) -> String {
        let milliseconds = record.duration.roundedMilliseconds
        return """
            \(Timestamp.now.rfc3339.dropFirst(11).dropLast()) \(level.rawValue.uppercased().padding(toLength: 7, withPad: " ", startingAt: 0)) \
            \(record.method.rawValue) \(path.prefix(512)) \(record.status.code) \(milliseconds) ms \
            request.id=\(record.requestID)\(record.tenant.map { " organization.id=\($0)" } ?? "")\n
            """
    }
}

/// One JSON object on one line, written from its first member to its last.
private struct JSONLine {
    private var bytes: [UInt8] = []

    init() {
        bytes.reserveCapacity(512)
        bytes.append(UInt8(ascii: "{"))
    }

    /// - Parameter limit: in bytes; a longer value is cut before the character that passes it.
    mutating func add(_ name: StaticString, _ value: String, limit: Int = .max) {
        begin(name)
        bytes.append(UInt8(ascii: "\""))
        var value = value.utf8.count <= limit ? value : Self.cut(value, limit)
        value.withUTF8 { text in
            if text.contains(where: Self.needsEscape) { escape(text) } else { bytes.append(contentsOf: text) }
        }
        bytes.append(UInt8(ascii: "\""))
    }

    private static func needsEscape(_ byte: UInt8) -> Bool {
        byte < 32 || byte == 127 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\")
    }

    private mutating func escape(_ text: UnsafeBufferPointer<UInt8>) {
        for byte in text {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                bytes.append(UInt8(ascii: "\\"))
                bytes.append(byte)
            case 0..<32, 127:
                bytes.append(contentsOf: "\\u00".utf8)
                bytes.append(contentsOf: Hex.encode([byte]).utf8)
            default: bytes.append(byte)
            }
        }
    }

    private static func cut(_ value: String, _ limit: Int) -> String {
        var end = value.utf8.index(value.startIndex, offsetBy: limit)
        while UTF8.isContinuation(value.utf8[end]) { end = value.utf8.index(before: end) }
        return String(value[..<end])
    }

    mutating func add(_ name: StaticString, _ value: Int) {
        begin(name)
        bytes.append(contentsOf: String(value).utf8)
    }

    /// A number with two decimals.
    mutating func add(_ name: StaticString, hundredths value: Int) {
        begin(name)
        bytes.append(contentsOf: String(value / 100).utf8)
        bytes.append(UInt8(ascii: "."))
        bytes.append(UInt8(48 + value / 10 % 10))
        bytes.append(UInt8(48 + value % 10))
    }

    /// The line, its end included.
    mutating func end() -> [UInt8] {
        bytes.append(UInt8(ascii: "}"))
        bytes.append(UInt8(ascii: "\n"))
        return bytes
    }

    private mutating func begin(_ name: StaticString) {
        if bytes.count > 1 { bytes.append(UInt8(ascii: ",")) }
        bytes.append(UInt8(ascii: "\""))
        name.withUTF8Buffer { bytes.append(contentsOf: $0) }
        bytes.append(UInt8(ascii: "\""))
        bytes.append(UInt8(ascii: ":"))
    }
}
