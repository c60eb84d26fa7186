import DevServices
import Dispatch
import TestServices
import Testing

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

/// Runs `body` with the path of a folder that does not exist yet, and removes it afterwards.
func withFolder<R>(_ name: String = "x", _ body: (String) async throws -> R) async throws -> R {
    let parent = "/tmp/mainstay-tests-\(UInt64.random(in: .min ... .max))"
    defer { try? FileManager.default.removeItem(atPath: parent) }
    return try await body(parent + "/" + name)
}

/// Runs `body` with servers in `folder`, and stops them afterwards.
func withServices<R>(
    in folder: String, _ options: DevServicesOptions = .init(durable: false), _ body: (DevServices) async throws -> R
) async throws -> R {
    let services = try await DevServices.start(in: folder, options: options)
    do {
        let result = try await body(services)
        await services.stop()
        return result
    } catch {
        await services.stop()
        throw error
    }
}

func isAlive(_ pid: Int32) -> Bool { kill(pid, 0) == 0 || errno == EPERM }

/// Runs SQL with `psql` over TCP, as an outside program would.
func query(_ sql: String, at url: String) async throws -> String {
    try await output(of: "psql", ["--no-psqlrc", "-qAt", "-v", "ON_ERROR_STOP=1", "-c", sql, url])
}

/// Runs one Redis command with `redis-cli`.
func redis(_ command: [String], at url: String) async throws -> String {
    try await output(of: "redis-cli", ["--no-auth-warning", "-u", url] + command)
}

/// Standard output of a program that has to succeed.
func output(of program: String, _ arguments: [String]) async throws -> String {
    let (status, text) = await run(program, arguments)
    #expect(status == 0, "\(program) \(arguments) failed")
    return text.hasSuffix("\n") ? String(text.dropLast()) : text
}

/// Whether a program succeeds.
func succeeds(_ program: String, _ arguments: [String]) async -> Bool { await run(program, arguments).status == 0 }

private func run(_ program: String, _ arguments: [String]) async -> (status: Int32, output: String) {
    await shell(([program] + arguments).map(quoted).joined(separator: " "))
}

private func quoted(_ argument: String) -> String {
    "'" + argument.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
}

/// Fields of `/proc/PID/stat` behind the program's name: state, parent …; empty when there is no such process.
func processFields(_ pid: Int32) -> [String] {
    let stat = (try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8)) ?? ""
    return stat.split(separator: ")").last?.split(separator: " ").map(String.init) ?? []
}

func isStopped(_ pid: Int32) -> Bool { processFields(pid).first == "T" }

/// Whether it runs no more; one whose parent has not asked yet counts as ended.
func hasEnded(_ pid: Int32) -> Bool { ["Z", "X", nil].contains(processFields(pid).first) }

func parent(of pid: Int32) -> Int32? { processFields(pid).dropFirst().first.flatMap { Int32($0) } }

/// The processes that `pid` started and that still run.
func children(of pid: Int32) throws -> [Int32] {
    try FileManager.default.contentsOfDirectory(atPath: "/proc").compactMap { Int32($0) }.filter { parent(of: $0) == pid && !hasEnded($0) }
}

/// The processes whose command line has `text` in it.
func processes(mentioning text: String) throws -> [Int32] {
    try FileManager.default.contentsOfDirectory(atPath: "/proc").compactMap { Int32($0) }.filter { pid in
        let line = FileManager.default.contents(atPath: "/proc/\(pid)/cmdline") ?? Data()
        return String(decoding: line, as: UTF8.self).contains(text) && !hasEnded(pid)
    }
}

/// The names in a folder; none when it is not there.
func listing(of folder: String) throws -> [String] {
    access(folder, F_OK) == 0 ? try FileManager.default.contentsOfDirectory(atPath: folder) : []
}

/// Runs `body`, which may block, off the pool of tasks.
func onThread<R: Sendable>(_ body: @escaping @Sendable () throws -> R) async throws -> R {
    try await withCheckedThrowingContinuation { continuation in
        DispatchQueue.global().async { continuation.resume(with: Result { try body() }) }
    }
}
