#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// One run of a short-lived program.
struct Tool: Sendable {
    struct Result: Sendable {
        /// The exit status, or 128 plus the signal that ended it.
        var status: Int32
        /// Standard output and standard error, in the order written.
        var output: String
    }

    /// The program's absolute path, then its arguments.
    var arguments: [String]
    /// Added to a bare environment, so that a caller's `PG…` variables do not reach PostgreSQL's tools.
    var environment: [String: String] = [:]
    /// At most 16 KiB: it is written whole before the program starts, into the buffer of a pipe.
    var input = ""
    /// Killed after this.
    var timeout: Duration = .seconds(60)
    /// Handed to the program, which keeps them open while it runs.
    var held: [(from: OwnedDescriptor, to: Int32)] = []

    func run() async throws(DevServicesError) -> Result {
        let tool = self
        return try await onBlockingThread { () -> Swift.Result<Result, DevServicesError> in
            do throws(DevServicesError) { return .success(try tool.runBlocking()) } catch { return .failure(error) }
        }.get()
    }

    private func runBlocking() throws(DevServicesError) -> Result {
        let input = try OwnedDescriptor.pipe()
        let output = try OwnedDescriptor.pipe()
        let bytes = Array(self.input.utf8)
        precondition(bytes.count <= 16384, "a tool's input has to fit a pipe")
        guard write(input.write.number, bytes, bytes.count) == bytes.count else {
            throw DevServicesError(.commandFailed, "Could not write the input of \(arguments[0]): \(systemMessage())")
        }
        input.write.close()
        let base = ["PATH": "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin", "HOME": "/", "LC_ALL": "C"]
        let child = try ChildProcess.spawn(
            // The working directory of the caller may not be readable for the account the program changes to.
            ["/bin/sh", "-c", "cd / && exec \"$@\"", "sh"] + arguments, environment: base.merging(environment) { $1 },
            descriptors: [(input.read, 0), (output.write, 1), (output.write, 2)] + held, ownSession: false)
        input.read.close()
        output.write.close()
        let deadline = ContinuousClock.now + timeout
        var text: [UInt8] = []
        while true {
            let left = (deadline - .now).components
            guard left.seconds >= 0, left.attoseconds >= 0 else {
                kill(child.pid, SIGKILL)
                _ = child.wait()
                throw DevServicesError(.commandFailed, "\(arguments[0]) did not finish within \(timeout)")
            }
            guard output.read.isReadable(within: 200) else { continue }
            let some = output.read.readSome()
            if some.isEmpty { break }
            text += some
        }
        return Result(status: child.wait(), output: String(decoding: text, as: UTF8.self))
    }
}
