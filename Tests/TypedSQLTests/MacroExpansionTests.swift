import Testing

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// What the macros write, as the compiler itself sees it.
@Suite("Macro expansions")
struct MacroExpansionTests {
    @Test("Tables and rows expand to what is on record")
    func expansions() async throws {
        let folder = Compiler.programs + "/Expanded"
        let output = try await Compiler.check(["\(folder)/Everything.swift"], options: "-dump-macro-expansions")
        #expect(Compiler.errors(in: output).isEmpty)
        let recorded = try String(contentsOfFile: "\(folder)/Everything.expansion", encoding: .utf8)
        var expanded: [Substring] = []
        var isInside = false
        for line in output.split(separator: "\n") {
            if line.hasPrefix("----") { isInside = false }
            if ["Everything:", "SharedThing:", "Pair:"].contains(where: { line.hasPrefix("extension \($0)") }) { isInside = true }
            if isInside { expanded.append(line) }
        }
        #expect(expanded == recorded.split(separator: "\n"))
    }
}
