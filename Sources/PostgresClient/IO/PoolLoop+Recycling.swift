import Logging

/// When connections have had their time, in nanoseconds; `.max` is never.
struct Recycling {
    let idle: Int64
    let age: Int64

    init(_ configuration: PostgresPoolConfiguration) {
        idle = configuration.idleTimeout?.wholeNanoseconds ?? .max
        age = configuration.maximumConnectionAge?.wholeNanoseconds ?? .max
    }

    /// Connections opened together do not end together.
    func expiry(openedAt now: Int64, using random: inout some RandomNumberGenerator) -> Int64 {
        guard age < .max else { return .max }
        return now.addingReportingOverflow(age - Int64.random(in: 0...age / 10, using: &random)).partialValue
    }
}

/// Closing connections that are too old or have nothing to do.
extension PoolLoop {
    func recycle() {
        guard !isClosing else { return }
        // One after the other: the pool must not lose all of its connections at once.
        if !connections.contains(where: { $0.isRetiring }), let oldest = connections.first(where: { $0.expiry <= now }) {
            oldest.isRetiring = true
        }
        if let connection = connections.first(where: { $0.isRetiring && isUnused($0) }) { retire(connection, reason: "it was old") }
        while connections.count > configuration.minimumConnections,
            let connection = connections.last(where: { isUnused($0) && idleDeadline(of: $0) <= now })
        {
            retire(connection, reason: "it had nothing to do")
        }
    }

    /// When ``recycle()`` has something to do next if nothing else happens.
    func nextRecycling() -> Int64 {
        guard !isClosing else { return .max }
        var next = Int64.max
        let hasRetiring = connections.contains { $0.isRetiring }
        let hasSpare = connections.count > configuration.minimumConnections
        for connection in connections {
            if !hasRetiring { next = min(next, connection.expiry) }
            if hasSpare, isUnused(connection) { next = min(next, idleDeadline(of: connection)) }
        }
        return next
    }

    private func isUnused(_ connection: ServerConnection) -> Bool {
        connection.isIdle && connection.lease == nil && !connection.isCancelling
    }

    private func idleDeadline(of connection: ServerConnection) -> Int64 {
        recycling.idle == .max ? .max : connection.lastProgress.addingReportingOverflow(recycling.idle).partialValue
    }

    private func retire(_ connection: ServerConnection, reason: String) {
        connectionsByID.removeValue(forKey: connection.id)
        connections.removeAll { $0 === connection }
        poller.remove(connection.socket)
        configuration.observer?.connectionClosed?()
        var details = metadata(connection)
        details["reason"] = "\(reason)"
        logger.debug("PostgreSQL connection retired", metadata: details)
    }
}
