/// A session's part in a COPY: while it runs, nothing else may.
extension LeasedSession {
    func startCopy(_ statement: SQL, isInput: Bool) async throws(PostgresError) {
        guard statement.parameters.isEmpty else {
            throw PostgresError(
                .server, "COPY takes no bound values; put the rows through a temporary table or a select", isRetrySafe: true)
        }
        try await sendOpening()
        _ = try await submit { _ in .copyStart(statement.text, isInput: isInput) }
        setCopying(true)
    }

    func continueCopy(_ work: Job.Work) async throws(PostgresError) {
        guard isCopying else { throw PostgresError(.sessionEnded, "a COPY was used after its closure had returned", isRetrySafe: true) }
        do throws(PostgresError) {
            _ = try await pool.submit(Job(work, route: .continues(lease)))
        } catch {
            // A read that the server failed has ended the COPY; one that was never sent has not.
            if case .copyRead = work, error.code != .cancelled || error.sqlState != nil { copyEnded() }
            throw error.asSeenByTask
        }
    }

    func copyEnded() { setCopying(false) }

    /// Sends what ends the COPY, and waits for the server to have ended it: the connection must be left in order. Where the task is cancelled the server is
    /// asked to stop.
    ///
    /// - Parameter interrupts: Whether the server is asked in any case.
    func endCopy(_ work: Job.Work, interrupts: Bool = false) async throws(PostgresError) -> [PostgresResult] {
        copyEnded()
        do throws(PostgresError) {
            return try await pool.submit(
                Job(work, route: .continues(lease), interrupts: interrupts || Task.isCancelled), isCancellable: false)
        } catch {
            throw error.asSeenByTask
        }
    }
}

extension PostgresError {
    /// A COPY is one statement in many steps: a cancel request that was meant for one of them may strike the next.
    fileprivate var asSeenByTask: PostgresError {
        guard sqlState == "57014", code == .server, Task.isCancelled else { return self }
        var fields = ServerFields()
        fields.sqlState = sqlState
        return PostgresError(.cancelled, "the task was cancelled and the server ended the COPY", fields: fields)
    }
}
