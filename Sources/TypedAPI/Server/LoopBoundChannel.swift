import HummingbirdCore
import Logging
import NIOCore

/// A connection whose requests are handled on the thread of its event loop, and cancelled when their answers are overdue.
struct LoopBoundChannel<Base: ServerChildChannel>: ServerChildChannel {
    let base: Base
    let executors = EventLoopExecutors()

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Base.Value> { base.setup(channel: channel, logger: logger) }

    func handle(value: Base.Value, logger: Logger) async {
        let channel = value.channel
        await withTaskExecutorPreference(executors.executor(of: channel.eventLoop)) {
            let end = try? await channel.eventLoop.submit {
                try channel.pipeline.syncOperations.handler(type: ConnectionGuard.self).end
            }.get()
            guard let end else { return await base.handle(value: value, logger: logger) }
            // One task a connection watches over all its requests: one each would cost more than most of them do.
            await withTaskGroup { group in
                group.addTask { await ConnectionEnd.$current.withValue(end) { await base.handle(value: value, logger: logger) } }
                group.addTask { await end.wait() }
                await group.next()
                group.cancelAll()
            }
        }
    }
}
