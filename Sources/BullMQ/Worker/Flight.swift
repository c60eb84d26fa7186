import RedisClient

/// A turn with the server under way: what it reports, and how much it asks for.
struct Flight: Sendable {
    /// In the order in which they set off, which is the order in which the server takes them.
    let number: Int
    let reports: [Report]
    let toFetch: Int
    /// How many of those only groups may take that hold nothing.
    let reserved: Int
    let firstToken: Int
    /// How often the worker had been woken when it set off.
    let wakes: Int
    /// After a failure: how long to wait before, and whether jobs that an earlier one may have fetched go back first.
    let pause: Duration
    let reclaims: Bool
    var hasReclaimed = false
    /// Nil until it has landed.
    var outcome: Result<TurnReply, RedisError>?
}

extension Worker {
    /// Takes a turn, and tells the loop what came of it.
    func take(_ flight: Flight) async {
        var flight = flight
        if flight.pause > .zero { try? await Task.sleep(for: flight.pause) }
        do throws(RedisError) {
            if flight.reclaims {
                try await reclaim()
                flight.hasReclaimed = true
            }
            flight.outcome = .success(try await turn(flight))
        } catch {
            flight.outcome = .failure(error)
        }
        mailbox.post(.landed(flight))
    }

    /// Reports alone; answers their codes.
    func report(_ reports: [Report], reclaims: Bool) async throws(RedisError) -> [Int] {
        if reclaims { try await reclaim() }
        return try await turn(reports).codes
    }

    private func turn(_ flight: Flight) async throws(RedisError) -> TurnReply {
        try await turn(flight.reports, toFetch: flight.toFetch, reserved: flight.reserved, firstToken: flight.firstToken)
    }

    private func turn(_ reports: [Report], toFetch: Int = 0, reserved: Int = 0, firstToken: Int = 0) async throws(RedisError) -> TurnReply {
        let arguments = Scripts.turnArguments(
            reports, toFetch: toFetch, reserved: reserved, worker: id, firstToken: firstToken, options: options)
        return TurnReply(try await queue.run(Scripts.turn, arguments))
    }

    /// A turn whose reply was lost may have locked jobs for this worker: back to the queue with them, now rather than when they stall.
    /// Only while no turn is under way, whose jobs are not in the ledger yet.
    private func reclaim() async throws(RedisError) {
        let held = ledger.all.map { RedisArgument($0.token) }
        _ = try await queue.run(Scripts.reclaim, [RedisArgument(id)] + held)
    }
}
