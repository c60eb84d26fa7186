@testable import PostgresClient

/// A pool with connections that do nothing, and a clock that stands still.
struct SimulatedPool {
    private var state: PoolState<String>
    private var outboxes: [String: Outbox] = [:]
    private var ids: [String: Int] = [:]
    private var now: Int64 = 1_000_000_000

    init(connections: [String], _ change: (inout PostgresPoolConfiguration) -> Void = { _ in }) throws {
        var configuration = try PostgresPoolConfiguration(url: "postgresql://localhost/x")
        configuration.minimumConnections = 0
        change(&configuration)
        state = PoolState(configuration: configuration)
        happen { $0.started(at: $1) }
        for name in connections { open(name) }
    }

    func eventLoop(of name: String) -> Int { ids[name] ?? 0 }

    @discardableResult
    mutating func happen(_ event: (inout PoolState<String>, Int64) -> Void) -> PoolEffects<String> {
        event(&state, now)
        return state.takeEffects()
    }

    @discardableResult
    mutating func open(_ name: String) -> PoolEffects<String> {
        let (id, outbox) = (state.nextConnectionID(), Outbox())
        (ids[name], outboxes[name]) = (id, outbox)
        return happen { $0.connected(name, outbox: outbox, eventLoop: id, id: id, at: $1) }
    }

    @discardableResult
    mutating func submit(_ job: Job, preferring eventLoop: Int? = nil) -> PoolEffects<String> {
        happen { $0.submitted(Pending(job, caller: nil), at: $1, preferring: eventLoop) }
    }

    @discardableResult
    mutating func receive(_ arrival: ServerConnection.ConnectionEvent, on name: String) -> PoolEffects<String> {
        happen { [id = ids[name] ?? 0] in $0.received([arrival], on: id, at: $1) }
    }

    /// The oldest job on the connection ends, with an error if there is a state.
    @discardableResult
    mutating func finish(
        on name: String, sqlState: String? = nil, _ standing: ServerConnection.SessionStatus = ServerConnection.SessionStatus()
    ) -> PoolEffects<String> {
        var fields = PostgresError.ServerFields()
        fields.sqlState = sqlState
        let outcome: Outcome = sqlState == nil ? .success([]) : .failure(PostgresError(.server, "failed", fields: fields))
        return receive(.finished(outcome, standing), on: name)
    }

    /// Takes what is to be sent on the connection.
    func sent(on name: String) -> [ObjectIdentifier] {
        var jobs: [Job] = []
        outboxes[name]?.take(into: &jobs)
        return jobs.map(ObjectIdentifier.init)
    }

    @discardableResult
    mutating func pass(_ time: Duration) -> PoolEffects<String> {
        now += time.wholeNanoseconds
        return happen { $0.ticked(at: $1) }
    }
}

extension PoolEffects {
    var errors: [PostgresError] {
        finished.compactMap { if case .failure(let error) = $0.1 { error } else { nil } }
    }
}
