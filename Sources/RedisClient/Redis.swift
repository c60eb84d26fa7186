public import Logging
import NIOCore
import NIOPosix

/// A Redis server, reached over one shared connection that pipelines by itself.
///
/// Commands from any number of tasks go out together and come back in order, so no pool is needed. Blocking commands must not be sent
/// here, since they would hold up everybody: they have ``withConnection(name:_:)``.
///
/// ``run()`` makes the connection and keeps it, reconnecting for ever with jittered back-off. When the connection breaks, commands that
/// were sent fail with ``RedisError/Code/connectionLost``, because nobody knows whether they ran; commands that were not sent yet wait
/// for the next connection until their deadline. A server that is stopped costs a caller its deadline, never more.
public final class Redis: Sendable {
    /// Deadline of a command that names none.
    public static let defaultTimeout: Duration = .seconds(10)

    private let connector: RedisConnector
    private let pipe: RequestPipe
    private let subscriptions: SubscriptionHub
    private let name: String?
    private let timeout: Duration
    private let logger: Logger

    /// - Parameters:
    ///   - url: see ``RedisURL``.
    ///   - name: shown by `CLIENT LIST`.
    ///   - timeout: deadline of a command that names none.
    ///   - connectTimeout: for connecting and signing in, each.
    ///   - queue: how much may wait for the connection before callers have to.
    /// - Throws: ``RedisError`` with ``RedisError/Code/invalidConfiguration`` for a URL that cannot be used.
    public init(
        url: String, logger: Logger, name: String? = nil, timeout: Duration = Redis.defaultTimeout, connectTimeout: Duration = .seconds(5),
        queue: RedisQueueLimits = .init()
    ) throws(RedisError) {
        connector = try RedisConnector(url: RedisURL(url), connectTimeout: connectTimeout)
        // Ten seconds of silence with an overdue reply: a peer that vanished without a word, or a server that is stopped.
        pipe = RequestPipe(
            eventLoop: MultiThreadedEventLoopGroup.singleton.next(), silenceLimit: .seconds(10), outlivesConnection: true, limits: queue)
        subscriptions = SubscriptionHub(connector: connector, name: name, eventLoop: pipe.eventLoop, logger: logger)
        self.name = name
        self.timeout = timeout
        self.logger = logger
    }

    /// Connects, and keeps connected until the task is cancelled or ``close()`` is called. Commands sent before wait for it.
    public func run() async {
        await withTaskCancellationHandler {
            async let listening: Void = subscriptions.run()
            await keepConnected()
            await listening
        } onCancel: {
            end()
        }
        end()
    }

    private func end() {
        pipe.close(Self.closed)
        subscriptions.close(Self.closed)
    }

    private static let closed = RedisError(.closed, "the client was closed", isRetrySafe: true)

    private func keepConnected() async {
        var backoff = Backoff()
        while !Task.isCancelled, !pipe.isClosed {
            do throws(RedisError) {
                let channel = try await connector.connect(pipe, name: name)
                backoff.reset()
                logger.debug("Redis connected", metadata: ["redis": "\(connector.url)"])
                try? await channel.closeFuture.get()
                if !pipe.isClosed { logger.info("Redis connection lost", metadata: ["redis": "\(connector.url)"]) }
            } catch {
                pipe.connectFailed(error)
                if backoff.isFresh, error.code != .cancelled {
                    logger.warning("Redis connection failed", metadata: ["error": "\(error.message)"])
                }
            }
            if pipe.isClosed { return }
            try? await Task.sleep(for: backoff.next())
        }
    }

    /// Listens to `channels`, and to every channel that matches one of `patterns`, from now on.
    ///
    /// Subscriptions of one client share one connection, which exists once the first of them does. What a consumer does not read in time is
    /// kept up to the bounds of `buffer`, then dropped with a notice; publishers and other subscriptions never wait for it.
    ///
    ///     for try await event in redis.subscribe(to: ["news"]) {
    ///         switch event {
    ///         case .subscribed, .missed: try await readEverything()
    ///         case .message(let message): apply(message.text)
    ///         }
    ///     }
    public func subscribe(
        to channels: [String], patterns: [String] = [], buffer: RedisSubscription.Buffer = .init()
    ) -> RedisSubscription {
        subscriptions.subscribe(
            channels.map { .init(name: $0) } + patterns.map { .init(isPattern: true, name: $0) }, buffer: buffer)
    }

    /// Ends the connection; commands that wait fail with ``RedisError/Code/closed``, and so does everything after.
    public func close() async {
        let channel = pipe.channel
        end()
        try? await channel?.closeFuture.get()
    }

    /// Sends one command and waits for its reply.
    ///
    /// Cancelling the task ends the wait; the command may still run.
    /// - Parameter timeout: how long to wait, including the wait for a connection; nil for the client's default.
    public func send(_ command: String, _ arguments: RedisArgument..., timeout: Duration? = nil) async throws(RedisError) -> RedisValue {
        try await send(RedisCommand(command, arguments: arguments), timeout: timeout)
    }

    /// Sends one command and waits for its reply.
    public func send(_ command: RedisCommand, timeout: Duration? = nil) async throws(RedisError) -> RedisValue {
        try RedisReply.single(try await pipe.roundTrip(request([command], timeout)))
    }

    /// Sends one command and reads its reply as a `T`, whichever dialect it came in.
    ///
    /// - Throws: ``RedisError`` with ``RedisError/Code/unexpectedReply`` for a reply of another shape; the command ran then.
    public func send<T: RedisDecodable>(
        _ command: String, _ arguments: RedisArgument..., as type: T.Type, timeout: Duration? = nil
    ) async throws(RedisError) -> T {
        try await send(RedisCommand(command, arguments: arguments), timeout: timeout).decode()
    }

    /// Sends several commands at once; error replies are values, at the place of their command. This is not a transaction.
    public func pipeline(_ commands: [RedisCommand], timeout: Duration? = nil) async throws(RedisError) -> [RedisValue] {
        guard !commands.isEmpty else { return [] }
        return try await pipe.roundTrip(request(commands, timeout))
    }

    /// Runs a script by its SHA-1, and by its text when the server does not know it yet (after a restart, say).
    ///
    /// The second try is safe: a script that is not known has not run.
    public func run(
        _ script: RedisScript, keys: [String], arguments: [RedisArgument], timeout: Duration? = nil
    ) async throws(RedisError) -> RedisValue {
        let tail = [RedisArgument(keys.count)] + keys.map { RedisArgument($0) } + arguments
        do throws(RedisError) {
            return try await send(RedisCommand("EVALSHA", arguments: [RedisArgument(script.sha)] + tail), timeout: timeout)
        } catch {
            guard error.server?.prefix == "NOSCRIPT" else { throw error }
            return try await send(RedisCommand("EVAL", arguments: [RedisArgument(script.source)] + tail), timeout: timeout)
        }
    }

    private func request(_ commands: [RedisCommand], _ timeout: Duration?) -> RedisRequest {
        RedisRequest(commands, deadline: .now() + TimeAmount(timeout ?? self.timeout))
    }

    /// Opens a connection of its own for `body`, for commands that block or that change the connection's state, and closes it afterwards.
    ///
    /// - Parameter name: shown by `CLIENT LIST`.
    public func withConnection<R>(
        name: String? = nil, _ body: (RedisConnection) async throws -> R
    ) async throws -> R {
        let connection = try await RedisConnection.open(connector, name: name ?? self.name, eventLoop: pipe.eventLoop)
        defer { connection.close() }
        return try await body(connection)
    }
}

enum RedisReply {
    /// The one reply of one command; an error reply is thrown.
    static func single(_ replies: [RedisValue]) throws(RedisError) -> RedisValue {
        guard let reply = replies.first else { throw RedisError(.unexpectedReply, "the server sent no reply") }
        if case .error(let error) = reply { throw RedisError(server: error) }
        return reply
    }
}

/// 50 ms doubling up to 2 s, each cut by up to half at random so that many clients do not return at the same moment.
struct Backoff {
    private var attempt = 0

    /// True before the first wait of a series, the moment to log.
    var isFresh: Bool { attempt == 0 }

    mutating func next() -> Duration {
        let full = min(2_000, 50 << min(attempt, 6))
        attempt += 1
        return .milliseconds(Int.random(in: full / 2...full))
    }

    mutating func reset() { attempt = 0 }
}
