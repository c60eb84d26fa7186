import Testing

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Programs with a mistake, and what the compiler tells their author, on the author's own line.
@Suite("Programs that do not compile")
struct RefusedProgramTests {
    @Test("Each mistake is named where it was made")
    func refused() async throws {
        let folder = Compiler.programs + "/Refused"
        let names = try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasSuffix(".swift") }.sorted()
        #expect(names.count >= 30)
        let output = try await Compiler.check(names.map { "\(folder)/\($0)" })
        let errors = Compiler.errors(in: output)
        for name in names {
            let text = try String(contentsOfFile: "\(folder)/\(name)", encoding: .utf8)
            var isExpected = false
            for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
                if let range = line.firstRange(of: "// error: ") {
                    isExpected = true
                    let wanted = String(line[range.upperBound...])
                    let said = errors.filter { $0.file == name && $0.line == index + 1 }.map(\.message)
                    #expect(said.contains { $0.contains(wanted) }, "\(name):\(index + 1): \(wanted)")
                } else if let range = line.firstRange(of: "// expanded error: ") {
                    isExpected = true
                    #expect(output.contains(line[range.upperBound...]), "\(name):\(index + 1)")
                }
            }
            #expect(isExpected, "\(name) says nothing about an error")
            // One mistake must not bring down a rain of others.
            let lines = Set(errors.filter { $0.file == name }.map(\.line))
            #expect(lines.count <= 2, "\(name): \(lines)")
        }
    }

    @Test("A program without mistakes compiles, with every query without a type annotation")
    func accepted() async throws {
        let output = try await Compiler.check([Compiler.programs + "/Accepted.swift"])
        #expect(Compiler.errors(in: output).isEmpty)
        #expect(!output.contains("warning:"), "\(output)")
    }
}
