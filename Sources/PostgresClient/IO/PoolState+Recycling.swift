/// When connections have had their time, in nanoseconds; `.max` is never.
struct Recycling {
    let idle: Int64
    let age: Int64

    init(_ configuration: PostgresPoolConfiguration) {
        idle = configuration.idleTimeout?.wholeNanoseconds ?? .max
        age = configuration.maximumConnectionAge?.wholeNanoseconds ?? .max
    }

    /// Connections opened together do not end together.
    ///
    /// - Parameter jitter: 0 to 1, of what their time may be shortened by.
    func expiry(openedAt now: Int64, jitter: Double) -> Int64 {
        guard age < .max else { return .max }
        return now.later(by: age - Int64(Double(age / 10) * jitter))
    }
}

/// Closing connections that are too old or have nothing to do.
extension PoolState {
    mutating func recycle() {
        guard !isClosing else { return }
        // One after the other: the pool must not lose all of its connections at once.
        if !connections.contains(where: { $0.isRetiring }), let oldest = connections.firstIndex(where: { $0.expiry <= now }) {
            connections[oldest].isRetiring = true
        }
        retireUnused()
        while connections.count > configuration.minimumConnections,
            let index = connections.indices.last(where: { connections[$0].isUnused && idleDeadline(ofConnectionAt: $0) <= now })
        {
            retire(connectionAt: index, reason: "it had nothing to do")
        }
    }

    /// Closes the connection that has had its time, once it is free.
    mutating func retireUnused() {
        if let index = connections.firstIndex(where: { $0.isRetiring && $0.isUnused }) { retire(connectionAt: index, reason: "it was old") }
    }

    /// When ``recycle()`` has something to do next if nothing else happens.
    func nextRecycling() -> Int64 {
        guard !isClosing else { return .max }
        var next = Int64.max
        let hasRetiring = connections.contains { $0.isRetiring }
        let hasSpare = connections.count > configuration.minimumConnections
        for index in connections.indices {
            if !hasRetiring { next = min(next, connections[index].expiry) }
            if hasSpare, connections[index].isUnused { next = min(next, idleDeadline(ofConnectionAt: index)) }
        }
        return next
    }

    func idleDeadline(ofConnectionAt index: Int) -> Int64 {
        recycling.idle == .max ? .max : connections[index].lastProgress.later(by: recycling.idle)
    }

    private mutating func retire(connectionAt index: Int, reason: String) {
        let record = connections.remove(at: index)
        effects.closings.append(record.connection)
        effects.reports.append(.retired(connection: record.id, reason: reason, open: connections.count))
    }
}
