import NIOCore
import Synchronization

/// Deadlines, and connections that have gone silent.
extension RequestPipe {
    func scheduleSweep(_ deadline: NIODeadline) {
        eventLoop.scheduleTask(deadline: deadline) { self.sweep() }
    }

    /// Fails what is overdue, gives up a connection that has gone silent, and schedules the next look.
    private func sweep() {
        struct Overdue { let request: RedisRequest, trouble: RedisError?, isConnected: Bool, wasOutside: Bool }
        let now = NIODeadline.now()
        let (overdue, dead, next) = state.withLock { state -> ([Overdue], (any Channel)?, NIODeadline?) in
            guard now >= state.nextSweep else { return ([], nil, nil) }  // a later call is already scheduled
            var connected: (any Channel)?
            if case .ready(let channel) = state.phase { connected = channel }
            var overdue: [Overdue] = []
            var next = NIODeadline.distantFuture
            let unwritten = state.backlog.remove { request in
                if request.deadline > now { next = min(next, request.deadline) }
                return request.deadline <= now
            }
            for (request, wasOutside) in unwritten {
                overdue.append(
                    Overdue(request: request, trouble: state.trouble, isConnected: connected != nil, wasOutside: wasOutside))
            }
            for entry in state.inFlight where !entry.request.isFinished {
                if entry.request.deadline > now {
                    next = min(next, entry.request.deadline)
                } else {
                    overdue.append(Overdue(request: entry.request, trouble: nil, isConnected: true, wasOutside: false))
                }
            }
            var dead: (any Channel)?
            if let silenceLimit, let connected, let oldest = state.inFlight.first, oldest.request.deadline <= now {
                let patience = max(oldest.writtenAt, state.lastRead) + silenceLimit
                if patience <= now { dead = connected } else { next = min(next, patience) }
            }
            state.nextSweep = next
            return (overdue, dead, next == .distantFuture ? nil : next)
        }
        if let next { scheduleSweep(next) }
        for entry in overdue {
            let error = Self.timeout(entry.request, entry.trouble, isConnected: entry.isConnected, wasOutside: entry.wasOutside)
            entry.request.finish(.failure(error))
        }
        dead?.close(promise: nil)
    }

    private static func timeout(
        _ request: RedisRequest, _ trouble: RedisError?, isConnected: Bool, wasOutside: Bool
    ) -> RedisError {
        if request.isWritten {
            return RedisError(
                .timedOut, "no reply within the deadline; the server may be stopped or overloaded, and the command may still run")
        }
        if isConnected, wasOutside {
            return RedisError(
                .timedOut, "the queue was full until the deadline; the server does not keep up, or the limits are too low",
                isRetrySafe: true)
        }
        if isConnected {
            return RedisError(
                .timedOut, "the command could not be written within the deadline; the server does not read", isRetrySafe: true)
        }
        return RedisError(
            .connectionFailed, trouble?.message ?? "no connection in time; the server is silent, or run() is not running", isRetrySafe: true
        )
    }
}
