import Foundation
import TestServices

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// Runs the Swift compiler on programs of the tests, against the modules and the macros this test process was built with.
enum Compiler {
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    /// Where the modules of system libraries are.
    private static let sources = #filePath.parent.parent.parent.parent + "/Sources"
    static let programs = #filePath.parent.parent + "/Programs"

    /// Type-checks files and returns everything the compiler said.
    static func check(_ files: [String], options: String = "") async throws -> String {
        let products = try executable().parent
        let plugin = "\(products)/Macros-tool"
        guard FileManager.default.isExecutableFile(atPath: plugin) else { throw Failure(description: "no macro plug-in at \(plugin)") }
        let swift = ProcessInfo.processInfo.environment["SWIFT_EXEC"] ?? "swiftc"
        // TypedAPI's users see Hummingbird, and through it the C modules of NIO: those SwiftPM describes, those that describe
        // themselves, and system libraries.
        return await shell(
            """
            maps=$(for map in '\(products)'/*.build/module.modulemap \
            $(find '\(sources)' -name module.modulemap) \
            $(find '\(products)/../../checkouts' -path '*/Sources/*/include/module.modulemap' ! -path '*/Windows/*'); \
            do echo "-Xcc -fmodule-map-file=$map"; done); \
            \(swift) -frontend -typecheck -swift-version 6 -enable-upcoming-feature ExistentialAny \
            -enable-upcoming-feature MemberImportVisibility -enable-upcoming-feature InternalImportsByDefault \
            -I '\(products)/Modules' $maps -load-plugin-executable '\(plugin)#Macros' -diagnostic-style llvm \(options) \
            \(files.map { "'\($0)'" }.joined(separator: " ")) 2>&1
            """
        ).output
    }

    /// What the compiler called errors in that file, by line.
    static func errors(in output: String, file: String) -> [Int: [String]] {
        var errors: [Int: [String]] = [:]
        for line in output.split(separator: "\n") {
            // path:line:column: error: message
            guard let range = line.firstRange(of: ": error: ") else { continue }
            let place = line[..<range.lowerBound].split(separator: ":")
            guard place.count >= 3, place[place.count - 3].hasSuffix("/" + file), let number = Int(place[place.count - 2]) else { continue }
            errors[number, default: []].append(String(line[range.upperBound...]))
        }
        return errors
    }

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
