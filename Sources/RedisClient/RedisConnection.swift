import NIOCore

/// A connection of one's own, from ``Redis/withConnection(name:_:)``. It does not reconnect: once broken, every command fails.
public final class RedisConnection: Sendable {
    private let pipe: PipelinedConnection

    private init(pipe: PipelinedConnection) {
        self.pipe = pipe
    }

    static func open(_ connector: RedisConnector, name: String?, eventLoop: any EventLoop) async throws(RedisError) -> RedisConnection {
        let pipe = PipelinedConnection(eventLoop: eventLoop, meter: connector.meter, isShared: false)
        _ = try await connector.connect(pipe, name: name)
        return RedisConnection(pipe: pipe)
    }

    /// Sends one command and waits for its reply.
    ///
    /// A command that blocks cannot be taken back, so cancelling the task, or passing the deadline, closes the connection.
    /// - Parameter timeout: nil waits indefinitely. For a blocking command it must be longer than the block, and works as the watchdog
    ///   against a server that vanished without a word.
    public func send(_ command: String, _ arguments: RedisArgument..., timeout: Duration?) async throws(RedisError) -> RedisValue {
        try await send(RedisCommand(command, arguments: arguments), timeout: timeout)
    }

    /// Sends one command and waits for its reply; the same rules as for ``send(_:_:timeout:)``.
    public func send(_ command: RedisCommand, timeout: Duration?) async throws(RedisError) -> RedisValue {
        try await roundTrip(.one(command), timeout).single()
    }

    /// Sends several commands at once; error replies are values, at the place of their command. The timeout is for all of them.
    public func pipeline(_ commands: [RedisCommand], timeout: Duration?) async throws(RedisError) -> [RedisValue] {
        commands.isEmpty ? [] : try await roundTrip(.many(commands), timeout).all
    }

    private func roundTrip(_ commands: RedisRequest.Commands, _ timeout: Duration?) async throws(RedisError) -> RedisReplies {
        let request = RedisRequest(commands, timeout: timeout.map { TimeAmount($0) })
        do throws(RedisError) {
            return try await pipe.roundTrip(request) { [pipe] in Self.close(pipe) }
        } catch {
            close()
            throw error
        }
    }

    /// Closes the connection; a command under way fails with ``RedisError/Code/closed``.
    public func close() {
        Self.close(pipe)
    }

    private static func close(_ pipe: PipelinedConnection) {
        pipe.close(RedisError(.closed, "the connection was closed"))
    }
}
