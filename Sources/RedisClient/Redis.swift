public import Logging
import NIOCore
import NIOPosix

/// A Redis server, reached over one shared connection that pipelines by itself.
///
///     let redis = try Redis(url: "redis://localhost:6379/0", logger: logger, name: "shop")
///     try await withThrowingTaskGroup(of: Void.self) { group in
///         group.addTask { await redis.run() }  // connects, and keeps connected
///         _ = try await redis.send("SET", "greeting", "hello")
///         let greeting = try await redis.send("GET", "greeting", as: String?.self)
///         group.cancelAll()
///     }
///
/// Commands from any number of tasks go out together and come back in order, so no pool is needed. Blocking commands must not be sent
/// here, since they would hold up everybody: they have ``withConnection(name:_:)``. What listens has
/// ``subscribe(to:patterns:buffer:)``.
///
/// ## When the connection breaks
/// ``run()`` reconnects indefinitely, with jittered back-off of half a second at most. Until then:
/// - Commands that were sent and not answered fail with ``RedisError/Code/connectionLost``: it is unknown whether they ran, and none is
///   sent twice.
/// - Commands that were not sent yet, and new ones, wait for the next connection until their deadline; then they fail with
///   ``RedisError/Code/connectionFailed``.
/// - Commands of ``withConnection(name:_:)`` fail, as does everything later on that connection: it does not come back.
/// - Subscriptions go on, with a notice that messages may have been missed.
///
/// Whatever the error, ``RedisError/isRetrySafe`` is true only where the command certainly did not run. A server that is stopped, and does
/// not answer, costs a caller its deadline, never more; after ten seconds without a sign of life the connection is given up.
///
/// A wrong password, or another refusal that waiting does not mend, fails commands at once, while ``run()`` keeps trying.
public final class Redis: Sendable {
    /// Deadline of a command that names none.
    public static let defaultTimeout: Duration = .seconds(10)

    /// Runs tasks on the event loop of this client's connections, where replies arrive. A task that prefers it, and that mostly waits for
    /// commands, is resumed without a change of thread: that is faster, most of all for one command after another.
    ///
    /// Never for what computes for long or blocks, since all replies wait meanwhile.
    ///
    ///     try await withTaskExecutorPreference(redis.executor) {
    ///         for key in keys { total += try await redis.send("STRLEN", "\(key)", as: Int.self) }
    ///     }
    public let executor: any TaskExecutor

    private let connector: RedisConnector
    private let pipe: PipelinedConnection
    private let subscriptions: SubscriptionHub
    private let name: String?
    private let timeout: TimeAmount
    private let logger: Logger

    /// - Parameters:
    ///   - url: server, user and password (`AUTH`), and database (`SELECT`); see ``RedisURL``.
    ///   - name: shown by `CLIENT LIST` (`CLIENT SETNAME`); of printable ASCII without spaces.
    ///   - timeout: deadline of a command that names none.
    ///   - connectTimeout: for connecting and signing in, each.
    ///   - queue: how much may wait for the connection before callers have to.
    ///   - observer: hears of every command and connection; nil costs nothing.
    /// - Throws: ``RedisError`` with ``RedisError/Code/invalidConfiguration`` for a URL that cannot be used.
    public init(
        url: String, logger: Logger, name: String? = nil, timeout: Duration = Redis.defaultTimeout, connectTimeout: Duration = .seconds(5),
        queue: RedisQueueLimits = .init(), observer: RedisObserver? = nil
    ) throws(RedisError) {
        connector = try RedisConnector(url: RedisURL(url), connectTimeout: connectTimeout, meter: RedisMeter(observer: observer))
        // Ten seconds of silence with an overdue reply: a peer that vanished without a word, or a server that is stopped.
        pipe = PipelinedConnection(
            eventLoop: MultiThreadedEventLoopGroup.singleton.next(), meter: connector.meter, isShared: true, silenceLimit: .seconds(10),
            limits: queue)
        subscriptions = SubscriptionHub(connector: connector, name: name, eventLoop: pipe.eventLoop, logger: logger)
        executor = EventLoopExecutor(eventLoop: pipe.eventLoop)
        self.name = name
        self.timeout = TimeAmount(timeout)
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

    /// - Returns: completes once the shared connection is closed.
    @discardableResult
    private func end() -> EventLoopFuture<Void> {
        subscriptions.close(Self.closed)
        return pipe.close(Self.closed)
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

    /// What this client has done, and is doing; for metrics. Cheap enough to be asked for at any time.
    public var statistics: RedisStatistics { connector.meter.statistics }

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
        try? await end().get()
    }

    /// Sends one command and waits for its reply.
    ///
    /// Cancelling the task ends the wait; the command may still run.
    /// - Parameter timeout: how long to wait, including the wait for a connection; nil for the client's default.
    public func send(_ command: String, _ arguments: RedisArgument..., timeout: Duration? = nil) async throws(RedisError) -> RedisValue {
        try await send(RedisCommand(command, arguments: arguments), timeout: timeout)
    }

    /// Sends one command and waits for its reply; the same rules as for ``send(_:_:timeout:)``.
    public func send(_ command: RedisCommand, timeout: Duration? = nil) async throws(RedisError) -> RedisValue {
        try await pipe.roundTrip(request(.one(command), timeout)).single()
    }

    /// Sends one command and reads its reply as a `T`, whichever dialect it came in.
    ///
    /// - Throws: ``RedisError`` with ``RedisError/Code/unexpectedReply`` for a reply of another shape; the command ran then.
    public func send<T: RedisDecodable>(
        _ command: String, _ arguments: RedisArgument..., as type: T.Type, timeout: Duration? = nil
    ) async throws(RedisError) -> T {
        try await send(RedisCommand(command, arguments: arguments), timeout: timeout).decode()
    }

    /// Sends several commands at once; error replies are values, at the place of their command.
    ///
    /// This is not a transaction: others' commands may run in between, and a connection that breaks leaves some of them done. For many
    /// small commands it is much cheaper than sending each by itself.
    /// - Parameter timeout: for all of them together.
    public func pipeline(_ commands: [RedisCommand], timeout: Duration? = nil) async throws(RedisError) -> [RedisValue] {
        commands.isEmpty ? [] : try await pipe.roundTrip(request(.many(commands), timeout)).all
    }

    /// Runs a script by its SHA-1, and by its text when the server does not know it yet (after a restart, say).
    ///
    /// The second try is safe: a script that is not known has not run. It gets what the first left of the time.
    /// - Parameter timeout: how long to wait for both together; nil for the client's default.
    public func run(
        _ script: RedisScript, keys: [String], arguments: [RedisArgument], timeout: Duration? = nil
    ) async throws(RedisError) -> RedisValue {
        var all: [RedisArgument] = []
        all.reserveCapacity(2 + keys.count + arguments.count)
        all.append(RedisArgument(script.sha))
        all.append(RedisArgument(keys.count))
        for key in keys { all.append(RedisArgument(key)) }
        all += arguments
        let known = request(.one(RedisCommand("EVALSHA", arguments: all)), timeout)
        do throws(RedisError) {
            return try await pipe.roundTrip(known).single()
        } catch {
            guard error.server?.prefix == "NOSCRIPT" else { throw error }
            all[0] = RedisArgument(script.source)
            let whole = RedisRequest(.one(RedisCommand("EVAL", arguments: all)), timeout: known.deadline - .now())
            return try await pipe.roundTrip(whole).single()
        }
    }

    private func request(_ commands: RedisRequest.Commands, _ timeout: Duration?) -> RedisRequest {
        RedisRequest(commands, timeout: timeout.map { TimeAmount($0) } ?? self.timeout)
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
