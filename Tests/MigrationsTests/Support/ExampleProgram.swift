import TestServices
import Testing

@testable import Migrations

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif
#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// The example's program, run as its user would.
struct ExampleProgram {
    let databaseURL: String
    let folder: String

    /// Runs it to its end.
    func run(_ arguments: String) async throws -> (code: Int32, output: String) {
        let (code, output) = await shell("DATABASE_URL='\(databaseURL)' MIGRATIONS='\(folder)' '\(try Self.path())' \(arguments) 2>&1")
        return (code, output)
    }

    /// Starts it and kills it after `delay`.
    /// - Returns: Whether it was still running.
    func kill(_ command: String, after delay: Duration) async throws -> Bool {
        var arguments: [UnsafeMutablePointer<CChar>?] = [strdup(try Self.path()), strdup(command), nil]
        var environment: [UnsafeMutablePointer<CChar>?] = [
            strdup("DATABASE_URL=\(databaseURL)"), strdup("MIGRATIONS=\(folder)"),
            strdup("LD_LIBRARY_PATH=\(ProcessInfo.processInfo.environment["LD_LIBRARY_PATH"] ?? "")"), nil,
        ]
        defer {
            for text in arguments { free(text) }
            for text in environment { free(text) }
        }
        var files = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&files)
        defer { posix_spawn_file_actions_destroy(&files) }
        posix_spawn_file_actions_addopen(&files, 1, "/dev/null", O_WRONLY, 0)
        var process: pid_t = 0
        try #require(posix_spawn(&process, try Self.path(), &files, nil, &arguments, &environment) == 0)
        try await Task.sleep(for: delay)
        #if canImport(Glibc)
        _ = Glibc.kill(process, SIGKILL)
        #else
        _ = Darwin.kill(process, SIGKILL)
        #endif
        var status: Int32 = 0
        waitpid(process, &status, 0)
        return status & 0x7f == SIGKILL
    }

    private static func path() throws -> String {
        #if os(Linux)
        let tests = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        #else
        let tests = CommandLine.arguments[0]
        #endif
        let products = tests.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
        return "\(products)/MigrationsExample"
    }
}
