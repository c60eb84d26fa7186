import Logging
import NIOCore
import Synchronization

/// The one connection that all subscriptions of a client share: it performs what ``SubscriptionMachine`` decides.
final class SubscriptionHub: Sendable {
    private struct State {
        var machine = SubscriptionMachine()
        var inboxes: [Int: SubscriptionInbox] = [:]
        var channel: (any Channel)?
        var lastID = 0
        var end: RedisError?
    }

    private let connector: RedisConnector
    private let name: String?
    private let eventLoop: any EventLoop
    private let logger: Logger
    private let state = Mutex(State())
    /// Wakes ``run()`` when there is somebody to listen for, and ends it.
    private let wake: AsyncStream<Void>
    private let waker: AsyncStream<Void>.Continuation

    init(connector: RedisConnector, name: String?, eventLoop: any EventLoop, logger: Logger) {
        self.connector = connector
        self.name = name
        self.eventLoop = eventLoop
        self.logger = logger
        (wake, waker) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    }

    // MARK: Subscribers

    func subscribe(_ topics: [SubscriptionMachine.Topic], buffer: RedisSubscription.Buffer) -> RedisSubscription {
        let inbox = SubscriptionInbox(limits: buffer)
        let (id, end) = state.withLock { state -> (Int, RedisError?) in
            state.lastID += 1
            if let end = state.end { return (state.lastID, end) }
            state.inboxes[state.lastID] = inbox
            let (commands, isLive) = state.machine.add(state.lastID, topics)
            write(commands, state.channel)
            // Under the lock, so that no message comes before it.
            if isLive { inbox.append(.subscribed) }
            return (state.lastID, nil)
        }
        if let end { inbox.finish(end) }
        waker.yield()
        return RedisSubscription(lease: SubscriptionLease(inbox: inbox) { [weak self] in self?.remove(id) })
    }

    private func remove(_ id: Int) {
        state.withLock { state in
            state.inboxes[id] = nil
            write(state.machine.remove(id), state.channel)
        }
    }

    /// Ends every subscription, now and from now on.
    func close(_ error: RedisError) {
        let (inboxes, channel) = state.withLock { state in
            state.end = state.end ?? error
            return (takeInboxes(&state), state.channel)
        }
        for inbox in inboxes { inbox.finish(error) }
        waker.finish()
        channel?.close(promise: nil)
    }

    private func takeInboxes(_ state: inout State) -> [SubscriptionInbox] {
        let inboxes = state.machine.removeAll().compactMap { state.inboxes[$0] }
        state.inboxes = [:]
        return inboxes
    }

    // MARK: The connection

    /// Keeps a connection while there are subscriptions, until ``close(_:)``.
    func run() async {
        var backoff = Backoff()
        for await _ in wake {
            while state.withLock({ !$0.machine.isEmpty }) {
                do throws(RedisError) {
                    try await listen { backoff.reset() }
                } catch {
                    if !error.isConnectionTrouble { fail(error) }
                    if backoff.isFresh { logger.info("Redis subscriptions interrupted", metadata: ["error": "\(error.message)"]) }
                }
                try? await Task.sleep(for: backoff.next())
            }
        }
    }

    /// A failure that waiting does not fix: current subscribers get the error; later ones cause a new attempt.
    private func fail(_ error: RedisError) {
        for inbox in state.withLock({ takeInboxes(&$0) }) { inbox.finish(error) }
    }

    /// One connection, from its making to its end.
    private func listen(connected: () -> Void) async throws(RedisError) {
        let pipe = PipelinedConnection(eventLoop: eventLoop, meter: connector.meter, isShared: false) { [weak self] in self?.received($0) }
        let channel = try await connector.connect(pipe, name: name)
        connected()
        let isWanted = state.withLock { state in
            guard state.end == nil else { return false }
            state.channel = channel
            write(state.machine.connected(at: .now()), channel)
            return true
        }
        guard isWanted else { return channel.close(promise: nil) }
        let interval = SubscriptionMachine.pingInterval
        let watch = channel.eventLoop.scheduleRepeatedTask(initialDelay: interval, delay: interval) { [weak self] _ in self?.checkLife() }
        try? await channel.closeFuture.get()
        watch.cancel()
        state.withLock { state in
            state.channel = nil
            state.machine.disconnected()
        }
    }

    private func checkLife() {
        let dead = state.withLock { state -> (any Channel)? in
            switch state.machine.tick(at: .now()) {
            case .none: return nil
            case .dead: return state.channel
            case .write(let ping):
                write([ping], state.channel)
                return nil
            }
        }
        dead?.close(promise: nil)
    }

    /// Called under the lock, so that what is written has the order of the decisions; the writing itself happens on the loop, later.
    private func write(_ commands: [RedisCommand], _ channel: (any Channel)?) {
        guard let channel, !commands.isEmpty else { return }
        var buffer = ByteBufferAllocator().buffer(capacity: 256)
        for command in commands { RESPWriter.write(command, to: &buffer, size: RESPWriter.size(command)) }
        eventLoop.execute { [buffer] in channel.writeAndFlush(buffer, promise: nil) }
    }

    /// On the event loop, one value after another: that is what keeps messages in order.
    private func received(_ value: RedisValue) {
        var notices: [(SubscriptionInbox, RedisSubscriptionEvent)] = []
        var refused: [SubscriptionInbox] = []
        let (outcome, broken) = state.withLock { state -> (SubscriptionMachine.Outcome, (any Channel)?) in
            let outcome = state.machine.received(value, at: .now())
            switch outcome {
            case .none: break
            case .broken: return (outcome, state.channel)
            case .deliver(let message, let subscribers):
                for id in subscribers { state.inboxes[id].map { notices.append(($0, .message(message))) } }
            case .live(let first, let again):
                for id in first { state.inboxes[id].map { notices.append(($0, .subscribed)) } }
                for id in again { state.inboxes[id].map { notices.append(($0, .missed(.reconnected))) } }
            case .refused(let subscribers, _):
                for id in subscribers {
                    state.inboxes.removeValue(forKey: id).map { refused.append($0) }
                    write(state.machine.remove(id), state.channel)
                }
            }
            return (outcome, nil)
        }
        for (inbox, event) in notices { inbox.append(event) }
        if case .refused(_, let error) = outcome { for inbox in refused { inbox.finish(RedisError(server: error)) } }
        broken?.close(promise: nil)
    }
}
