import Foundation
import JSON
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
