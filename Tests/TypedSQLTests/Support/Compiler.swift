import Foundation
import Synchronization
import TestServices

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// Runs the Swift compiler on programs of the tests, against the modules and the macros this test process was built with.
enum Compiler {
    struct Diagnostic: Hashable {
        var file: String
        var line: Int
        var message: String
    }

    struct NotFound: Error, CustomStringConvertible {
        let description: String
    }

    static let programs = folder(of: #filePath).parent + "/Programs"
    /// Of the package.
    static let root = folder(of: #filePath).parent.parent.parent

    /// Type-checks files of `Programs` together with the tests' schema, and returns everything the compiler said.
    static func check(_ files: [String], options: String = "") async throws -> String {
        let products = folder(of: try executable())
        let plugin = "\(products)/Macros-tool"
        guard FileManager.default.isExecutableFile(atPath: plugin) else { throw NotFound(description: "no macro plug-in at \(plugin)") }
        let swift = ProcessInfo.processInfo.environment["SWIFT_EXEC"] ?? "swiftc"
        let sources = ([root + "/Tests/TypedSQLTests/Support/Schema.swift"] + files).map { "'\($0)'" }.joined(separator: " ")
        return await shell(
            """
            \(swift) -frontend -typecheck -swift-version 6 -enable-upcoming-feature ExistentialAny \
            -enable-upcoming-feature MemberImportVisibility -enable-upcoming-feature InternalImportsByDefault \
            -I '\(products)/Modules' -Xcc '-fmodule-map-file=\(root)/Sources/CLibpq/module.modulemap' \
            $(pkg-config --cflags-only-I libpq) -load-plugin-executable '\(plugin)#Macros' -diagnostic-style llvm \(options) \
            \(sources) 2>&1
            """
        ).output
    }

    /// The errors among what the compiler said.
    static func errors(in text: String) -> [Diagnostic] {
        text.split(separator: "\n").compactMap { line in
            // path:line:column: error: message
            guard let range = line.firstRange(of: ": error: ") else { return nil }
            let place = line[..<range.lowerBound].split(separator: ":")
            guard place.count >= 3, let number = Int(place[place.count - 2]) else { return nil }
            let file = place[place.count - 3].split(separator: "/").last.map(String.init) ?? ""
            return Diagnostic(file: file, line: number, message: String(line[range.upperBound...]))
        }
    }

    private static func folder(of path: String) -> String { path.parent }

    private static func executable() throws -> String {
        #if os(Linux)
        return try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        #else
        return CommandLine.arguments[0]
        #endif
    }
}

extension String {
    /// The path without its last part.
    fileprivate var parent: String { split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/") }
}
