import NIOCore

/// A connection of one's own, from ``Redis/withConnection(name:_:)``. It does not reconnect: once broken, every command fails.
public final class RedisConnection: Sendable {
    private let pipe: RequestPipe

    private init(pipe: RequestPipe) {
        self.pipe = pipe
    }

    static func open(_ connector: RedisConnector, name: String?, eventLoop: any EventLoop) async throws(RedisError) -> RedisConnection {
        let pipe = RequestPipe(eventLoop: eventLoop, silenceLimit: nil, outlivesConnection: false)
        _ = try await connector.connect(pipe, name: name)
        return RedisConnection(pipe: pipe)
    }

    /// Sends one command and waits for its reply.
    ///
    /// A command that blocks cannot be taken back, so cancelling the task, or passing the deadline, closes the connection.
    /// - Parameter timeout: nil waits for ever. For a blocking command it must be longer than the block, and works as the watchdog
    ///   against a server that vanished without a word.
    public func send(_ command: String, _ arguments: RedisArgument..., timeout: Duration?) async throws(RedisError) -> RedisValue {
        let request = RedisRequest(
            [RedisCommand(command, arguments: arguments)], deadline: timeout.map { .now() + TimeAmount($0) } ?? .distantFuture)
        do throws(RedisError) {
            return try RedisReply.single(try await pipe.roundTrip(request) { [pipe] in Self.close(pipe) })
        } catch {
            if error.code != .server { close() }
            throw error
        }
    }

    /// Closes the connection; a command under way fails with ``RedisError/Code/closed``.
    public func close() {
        Self.close(pipe)
    }

    private static func close(_ pipe: RequestPipe) {
        pipe.close(RedisError(.closed, "the connection was closed"))
    }
}
