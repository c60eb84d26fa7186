import DevServices
import Dispatch
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

/// Waits until `condition` holds; false when it did not within `seconds`.
func eventually(within seconds: Int = 15, _ condition: () async -> Bool) async throws -> Bool {
    let deadline = ContinuousClock.now + .seconds(seconds)
    while !(await condition()) {
        guard ContinuousClock.now < deadline else { return false }
        try await Task.sleep(for: .milliseconds(20))
    }
    return true
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
    let command = ([program] + arguments).map(quoted).joined(separator: " ")
    let (status, text) = await withCheckedContinuation { continuation in
        DispatchQueue.global().async {  // it blocks, and the pool of tasks has few threads
            var text: [UInt8] = []
            var buffer = [UInt8](repeating: 0, count: 4096)
            let stream = popen(command, "r")
            while let stream, case let count = fread(&buffer, 1, buffer.count, stream), count > 0 { text += buffer[..<count] }
            continuation.resume(returning: (stream.map { pclose($0) } ?? -1, String(decoding: text, as: UTF8.self)))
        }
    }
    #expect(status == 0, "\(command) failed")
    return text.hasSuffix("\n") ? String(text.dropLast()) : text
}

private func quoted(_ argument: String) -> String {
    "'" + argument.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
}
