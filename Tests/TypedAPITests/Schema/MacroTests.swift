import Testing

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

@Suite("@Schema, as the compiler sees it")
struct MacroTests {
    @Test("Structs, enums and unions expand to what is on record")
    func expansions() async throws {
        let folder = Compiler.programs + "/Expanded"
        let output = try await Compiler.check(["\(folder)/Everything.swift"], options: "-dump-macro-expansions")
        #expect(!output.contains("error:"), "\(output)")
        let recorded = try String(contentsOfFile: "\(folder)/Everything.expansion", encoding: .utf8)
        var expanded: [Substring] = []
        var isInside = false
        for line in output.split(separator: "\n") {
            if line.hasPrefix("----") { isInside = false }
            if line.hasPrefix("extension ") { isInside = true }
            if isInside { expanded.append(line) }
        }
        #expect(expanded == recorded.split(separator: "\n"))
    }

    @Test("Each mistake is named on the line where it was made", arguments: [("Mistakes.swift", 20), ("Wiring.swift", 8)])
    func refused(file: String, count: Int) async throws {
        let path = Compiler.programs + "/Refused/" + file
        let errors = Compiler.errors(in: try await Compiler.check([path]), file: file)
        var expected = 0
        let text = try String(contentsOfFile: path, encoding: .utf8)
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            let said = errors[index + 1] ?? []
            guard let range = line.firstRange(of: "// error: ") else {
                #expect(said.isEmpty, "line \(index + 1): \(said)")
                continue
            }
            expected += 1
            let wanted = line[range.upperBound...]
            #expect(said.contains { $0.contains(wanted) }, "line \(index + 1): \(wanted): \(said)")
        }
        #expect(expected >= count)
    }
}
