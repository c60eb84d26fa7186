import Foundation
import JSON
import Logging
import Testing

@testable import Mainstay

@Suite("Log output")
struct LogOutputTests {
    @Test("A reader that stands still loses lines, and is told how many; whoever writes them is not held up", arguments: LogFormat.allCases)
    func slowReader(format: LogFormat) async throws {
        let pipe = Pipe()
        let output = LogOutput(descriptor: pipe.fileHandleForWriting.fileDescriptor)
        let line = [UInt8](repeating: UInt8(ascii: "x"), count: 1023) + [UInt8(ascii: "\n")]
        let count = 10_000
        for _ in 0..<count { output.write(line, as: format) }
        let (kept, notices) = await withCheckedContinuation { continuation in
            // Reading blocks, which the threads that tasks share are not for.
            Thread.detachNewThread {
                var rest = "", kept = 0, notices: [String] = []
                while kept + notices.reduce(0, { $0 + Self.count(in: $1) }) < count {
                    var lines = (rest + String(decoding: pipe.fileHandleForReading.availableData, as: UTF8.self))
                        .split(separator: "\n", omittingEmptySubsequences: false)
                    rest = lines.popLast().map(String.init) ?? ""
                    kept += lines.count { $0.utf8.count == 1023 }
                    notices += lines.filter { $0.utf8.count != 1023 }.map(String.init)
                }
                continuation.resume(returning: (kept, notices))
            }
        }
        #expect(kept < count && kept > 4000, "what waits is bounded, and not thrown away")
        for notice in notices {
            switch format {
            case .json:
                let object = try JSONValue(parsing: notice)
                #expect(object["level"] == "warning" && object["message"] == "Log lines were dropped" && object["time"]?.string != nil)
            case .pretty:
                #expect(notice.contains("WARNING Log lines were dropped count="), "\(notice)")
            }
        }
    }

    private static func count(in notice: String) -> Int {
        notice.firstMatch(of: /count"?[:=](\d+)/).flatMap { Int($0.1) } ?? 0
    }
}

@Suite("Log lines")
struct LogLineTests {
    @Test("A line for eyes is one line, and moves no cursor, whatever is in it; JSON says it as it is")
    func control() throws {
        let hostile = "a\u{1B}[2J\nb\u{9B}31m\tc\u{7F}"
        let pretty = LineLogHandler(label: "mainstay", level: .info, format: .pretty).line(.info, hostile, ["sql": "\(hostile)"])
        #expect(pretty.hasSuffix("INFO    a\u{FFFD}[2J b\u{FFFD}31m c\u{FFFD} sql=a\u{FFFD}[2J b\u{FFFD}31m c\u{FFFD}"))
        let json = LineLogHandler(label: "mainstay", level: .info, format: .json).line(.info, hostile, ["sql": "\(hostile)"])
        #expect(!json.contains("\n") && !json.contains("\u{1B}"))
        #expect(try JSONValue(parsing: json)["sql"]?.string == hostile)
    }

    @Test("A descriptor that takes nothing now is waited for", .timeLimit(.minutes(10)))
    func nonBlocking() async throws {
        let pipe = Pipe()
        let descriptor = pipe.fileHandleForWriting.fileDescriptor
        #expect(fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK) == 0)
        let output = LogOutput(descriptor: descriptor)
        let line = [UInt8](repeating: UInt8(ascii: "x"), count: 1023) + [UInt8(ascii: "\n")]
        for _ in 0..<1000 { output.write(line, as: .json) }
        let count = await withCheckedContinuation { continuation in
            Thread.detachNewThread {
                var count = 0
                while count < 1000 * 1024 { count += pipe.fileHandleForReading.availableData.count }
                continuation.resume(returning: count)
            }
        }
        #expect(count == 1000 * 1024)
    }
}
