public import DevServices
import Synchronization

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

/// The real servers of a test process: one PostgreSQL and one Redis, started by the first test that asks, without durability,
/// in a folder that is gone some moments after the process, however it ends.
///
///     let services = try await TestServices.shared()
///     let database = try await services.freshDatabase()
///     let prefix = services.keyPrefix()
public final class TestServices: Sendable {
    /// For what is not offered here: process ids and ports for faults, `restart`. Do not stop it.
    public let servers: DevServices
    private let run: String
    private let numbers = Atomic(0)
    private let templates: Mutex<[String: Task<String, any Error>]> = Mutex([:])

    // Per process by its purpose: suites run side by side and share nothing else.
    private static let starting: Mutex<Task<TestServices, any Error>?> = Mutex(nil)

    /// The servers of this process. A start that failed fails for every test, at once.
    public static func shared() async throws -> TestServices {
        let task = starting.withLock { starting in
            let task = starting ?? Task { try await TestServices() }
            starting = task
            return task
        }
        return try await task.value
    }

    private init() async throws {
        run = String(UInt64.random(in: .min ... .max), radix: 36)
        let environment = ProcessInfo.processInfo.environment["TMPDIR"] ?? "/tmp"
        // Cheap tests count on many short connections, and on databases being made fast.
        servers = try await DevServices.start(
            in: "\(environment)/mainstay-test-\(getpid())-\(run)",
            options: DevServicesOptions(
                durable: false, removeWhenDone: true, postgresSettings: ["max_connections": "400", "shared_buffers": "64MB"]))
    }

    /// `redis://…`. Shared by all tests: keep to a `keyPrefix()`.
    public var redisURL: String { servers.redisURL }

    /// An empty database of the test's own, or a copy of `template`; its URL, as the role `mainstay`, its owner.
    public func freshDatabase(template: String? = nil) async throws -> String {
        try await servers.createDatabase("test_\(next())", template: template)
    }

    /// A database to copy from, made once in the process and known by `name` from then on.
    ///
    /// - Parameter prepare: Gets its URL, and must have closed its connections when it returns. Called once, even if many tests ask.
    /// - Returns: The database's name, for `freshDatabase(template:)`.
    public func template(_ name: String, prepare: @escaping @Sendable (String) async throws -> Void) async throws -> String {
        let task = templates.withLock { templates in
            let task =
                templates[name]
                ?? Task { [servers] in
                    try await prepare(try await servers.createDatabase(name))
                    return name
                }
            templates[name] = task
            return task
        }
        return try await task.value
    }

    /// A prefix for Redis keys that no other test has: letters and digits, starting with a letter.
    public func keyPrefix() -> String { "t\(next())" }

    private func next() -> String { "\(run)x\(numbers.add(1, ordering: .relaxed).newValue)" }
}
