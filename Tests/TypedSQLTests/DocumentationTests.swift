import Testing

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Every Swift block of the guides compiles: declarations as they are, the rest inside functions.
@Suite("Documentation")
struct DocumentationTests {
    @Test("The guides' examples compile")
    func examples() async throws {
        var declarations = "import JSON\nimport PostgresClient\nimport Primitives\nimport TypedSQL\n"
        var functions = ""
        var count = 0
        for page in ["guide", "drizzle"] {
            let path = Compiler.root + "/docs/typedsql/\(page).md"
            for block in blocks(in: try String(contentsOfFile: path, encoding: .utf8)) {
                count += 1
                if ["@", "enum ", "struct ", "func "].contains(where: { block.hasPrefix($0) }) {
                    declarations += block + "\n"
                } else {
                    functions +=
                        "func example\(count)(_ database: PostgresPool, _ someID: UUIDv7, _ wantsDue: Bool) async throws {\n\(block)\n}\n"
                }
            }
        }
        #expect(count > 20)
        let file =
            (ProcessInfo.processInfo.environment["TMPDIR"] ?? "/tmp") + "/typedsql-examples-\(UInt64.random(in: .min ... .max)).swift"
        try (declarations + functions).write(toFile: file, atomically: true, encoding: .utf8)
        defer { try? FileManager.default.removeItem(atPath: file) }
        let output = try await Compiler.check([file])
        #expect(Compiler.errors(in: output).isEmpty, "\(output)")
    }

    private func blocks(in text: String) -> [String] {
        var blocks: [String] = []
        var current: [Substring]?
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            if line == "```swift" {
                current = []
            } else if line == "```", let lines = current {
                blocks.append(lines.joined(separator: "\n"))
                current = nil
            } else {
                current?.append(line)
            }
        }
        return blocks
    }
}
