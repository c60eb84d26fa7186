import Foundation
import JSON
import Subprocess
import Synchronization

/// Runs one shell command again and again, each time in a process group of its own.
struct CommandRunner: Sendable {
    /// More than this on standard output fails the try; of standard error the end is kept.
    private static let outputLimit = 16 << 20
    private static let errorLimit = 64 << 10
    /// How long a command gets between SIGTERM and SIGKILL.
    private static let patience: Duration = .seconds(2)

    let command: String

    /// Answers what the command wrote, as JSON if it is, else as a string. Cancelling stops the command and all it has started.
    func run(_ input: String) async throws -> JSONValue? {
        let group = ProcessGroup()
        // Whatever happens, nothing that was started for this job outlives a stopped one.
        defer { if Task.isCancelled { group.kill() } }
        return try await withThrowingTaskGroup(of: JSONValue?.self) { tasks in
            tasks.addTask { try await execute(Array(input.utf8), group) }
            tasks.addTask {
                try? await Task.sleep(for: .seconds(1_000_000_000))
                if group.isDone { return nil }
                // A child of the command may ignore SIGTERM and hold its output open.
                await Task { try? await Task.sleep(for: Self.patience) }.value
                if !group.isDone { group.kill() }
                return nil
            }
            defer { tasks.cancelAll() }
            let value = try await tasks.next()
            group.finish()
            return value ?? nil
        }
    }

    private func execute(_ input: [UInt8], _ group: ProcessGroup) async throws -> JSONValue? {
        var platform = PlatformOptions()
        platform.processGroupID = 0
        platform.teardownSequence = [.send(signal: .terminate, toProcessGroup: true, allowedDurationToNextStep: Self.patience)]
        defer { group.finish() }
        let errors = Tail(limit: Self.errorLimit)
        do {
            let result = try await Subprocess.run(
                .name("sh"), arguments: ["-c", command], platformOptions: platform, input: .inputWriter,
                output: .bytes(limit: Self.outputLimit), error: .sequence
            ) { execution in
                group.begin(execution.processIdentifier.value)
                async let writing: Void = Self.write(input, to: execution.standardInputWriter)
                for try await buffer in execution.standardError { buffer.withUnsafeBytes { errors.append($0) } }
                await writing
            }
            guard result.terminationStatus.isSuccess else {
                let reason = Self.text(errors.bytes)
                throw CommandFailed(description: reason.isEmpty ? "command \(result.terminationStatus)" : reason)
            }
            let text = Self.text(result.standardOutput)
            return (try? JSONValue(parsing: text)) ?? .string(text)
        } catch let error as SubprocessError where error.code == .outputLimitExceeded {
            group.kill()
            throw CommandFailed(description: "the command wrote more than \(Self.outputLimit >> 20) MiB")
        }
    }

    /// The command may end without having read everything, which is its own business.
    private static func write(_ input: [UInt8], to writer: StandardInputWriter) async {
        _ = try? await writer.write(input)
        try? await writer.finish()
    }

    private static func text(_ bytes: [UInt8]) -> String {
        String(decoding: bytes, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
    }
}

/// The processes of one run of a command.
private final class ProcessGroup: Sendable {
    private let state = Mutex<(leader: pid_t?, isDone: Bool)>((nil, false))

    func begin(_ leader: pid_t) { state.withLock { $0.leader = leader } }
    func finish() { state.withLock { $0.isDone = true } }
    var isDone: Bool { state.withLock { $0.isDone } }

    /// SIGKILL to all that are left.
    func kill() {
        if let leader = state.withLock({ $0.leader }) { _ = Foundation.kill(-leader, SIGKILL) }
    }
}

/// The end of what somebody wrote.
private final class Tail: Sendable {
    private let limit: Int
    private let kept = Mutex<[UInt8]>([])

    init(limit: Int) {
        self.limit = limit
    }

    func append(_ bytes: UnsafeRawBufferPointer) {
        kept.withLock { kept in
            kept.append(contentsOf: bytes)
            // Now and then, so that a torrent is not moved byte by byte.
            if kept.count > 2 * limit { kept.removeFirst(kept.count - limit) }
        }
    }

    var bytes: [UInt8] { kept.withLock { Array($0.suffix(limit)) } }
}

/// Its description becomes the job's failed reason.
struct CommandFailed: Error, CustomStringConvertible {
    let description: String
}
