import CLibpq
import Synchronization

/// A COPY under way on a connection: where it stands, and the one job that waits for it.
struct CopyExchange {
    enum Phase {
        /// Sent, not yet answered.
        case starting
        /// The server takes data.
        case feeding
        /// The server gives data, which is read only for a job.
        case giving
        /// Nothing but the outcome is left.
        case ending
    }

    var phase = Phase.starting
    var job: Job?
    var failure: PostgresError?
    var outputs: [PostgresResult] = []
}

/// Takes data of a COPY from the I/O thread to the caller.
final class CopyBuffer: Sendable {
    /// Enough for one turn; a single row may be greater.
    static let limit = 64 * 1024

    private let state = Mutex<(bytes: [UInt8], isAtEnd: Bool)>(([], false))
    /// Whether what arrives is dropped, up to the end.
    let discards: Bool

    init(discards: Bool = false) { self.discards = discards }

    var count: Int { state.withLock { $0.bytes.count } }

    func append(_ bytes: UnsafeRawBufferPointer) {
        if !discards { state.withLock { $0.bytes.append(contentsOf: bytes) } }
    }

    func end() { state.withLock { $0.isAtEnd = true } }

    /// What was gathered, and whether it is the last.
    func take() -> (bytes: [UInt8], isAtEnd: Bool) {
        state.withLock { state in
            let taken = state
            state.bytes = []
            return taken
        }
    }
}

/// COPY leaves pipeline mode and is a conversation of its own: libpq's calls for it.
extension ServerConnection {
    var isCopying: Bool { copy != nil }
    /// Nobody reads: what the server still sends stays in the socket.
    var isPaused: Bool { if let copy, case .giving = copy.phase { copy.job == nil } else { false } }

    /// False when the connection is broken.
    func startCopy(_ job: Job, text: String) -> Bool {
        guard PQexitPipelineMode(pointer) == 1, PQsendQuery(pointer, text) == 1 else { return false }
        copy = CopyExchange(job: job)
        return true
    }

    /// False when the connection is broken, or out of step.
    func continueCopy(_ job: Job) -> Bool {
        guard copy != nil else { return false }
        copy?.job = job
        switch job.work {
        case .copyData(let bytes):
            return bytes.withUnsafeBytes { buffer in
                PQputCopyData(pointer, buffer.baseAddress?.assumingMemoryBound(to: CChar.self), Int32(buffer.count)) == 1
            }
        case .copyEnd(let reason):
            copy?.phase = .ending
            return PQputCopyEnd(pointer, reason) == 1
        case .copyRead: return true
        default: return false
        }
    }

    /// The job whose data have just been handed to the system.
    func takeWrittenCopyJob() -> Job? {
        guard let job = copy?.job, case .copyData = job.work, !waitsForWriting else { return nil }
        copy?.job = nil
        return job
    }

    func receiveCopy(now: Int64, _ report: (Received) -> Void) {
        guard let phase = copy?.phase else { return }
        switch phase {
        case .starting: receiveStart(now: now, report)
        case .feeding: break  // libpq tells of a failure when the data end
        case .giving: receiveData(now: now, report)
        case .ending: receiveEnd(now: now, report)
        }
        if PQstatus(pointer) == CONNECTION_BAD { report(.lost(reason: errorMessage)) }
    }

    private func receiveStart(now: Int64, _ report: (Received) -> Void) {
        guard PQisBusy(pointer) == 0, let job = copy?.job, case .copyStart(_, let isInput) = job.work else { return }
        guard let result = PQgetResult(pointer) else { return finishCopy(now: now, report) }
        defer { PQclear(result) }
        switch (PQresultStatus(result), isInput) {
        case (PGRES_COPY_IN, true), (PGRES_COPY_OUT, false):
            copy?.phase = isInput ? .feeding : .giving
            copy?.job = nil
            isDirty = true
            report(.finished(job, .success([])))
        case (PGRES_COPY_IN, _), (PGRES_COPY_OUT, _), (PGRES_COPY_BOTH, _):
            copy?.failure = PostgresError(.server, "the COPY goes the other way: use copyIn for FROM STDIN, copyOut for TO STDOUT")
            finishCopy(now: now, report)
            report(.lost(reason: "a COPY could not be carried on"))
        case (PGRES_TUPLES_OK, _), (PGRES_COMMAND_OK, _), (PGRES_EMPTY_QUERY, _):
            copy?.failure = PostgresError(.server, "the statement is not a COPY from STDIN or to STDOUT")
            copy?.phase = .ending
            receiveEnd(now: now, report)
        default:
            copy?.failure = PostgresError(serverResult: result)
            copy?.phase = .ending
            receiveEnd(now: now, report)
        }
    }

    private func receiveData(now: Int64, _ report: (Received) -> Void) {
        guard let job = copy?.job, case .copyRead(let buffer) = job.work else { return }
        while buffer.count < CopyBuffer.limit {
            var row: UnsafeMutablePointer<CChar>?
            let length = PQgetCopyData(pointer, &row, 1)
            if length == 0, buffer.count == 0 { return }
            if length == 0 { break }
            guard length > 0 else {
                copy?.phase = .ending
                return receiveEnd(now: now, report)
            }
            buffer.append(UnsafeRawBufferPointer(start: row, count: Int(length)))
            PQfreemem(row)
        }
        copy?.job = nil
        isDirty = true  // so that the poller learns that nobody reads
        report(.finished(job, .success([])))
    }

    private func receiveEnd(now: Int64, _ report: (Received) -> Void) {
        while PQisBusy(pointer) == 0 {
            guard let result = PQgetResult(pointer) else {
                if let job = copy?.job, case .copyRead(let buffer) = job.work { buffer.end() }
                return finishCopy(now: now, report)
            }
            if PQresultStatus(result) == PGRES_COMMAND_OK {
                copy?.outputs.append(PostgresResult(adopting: result))
                continue
            }
            if copy?.failure == nil { copy?.failure = PostgresError(serverResult: result) }
            PQclear(result)
        }
    }

    private func finishCopy(now: Int64, _ report: (Received) -> Void) {
        guard let ended = copy else { return }
        copy = nil
        lastProgress = now
        let isReady = PQenterPipelineMode(pointer) == 1
        if let job = ended.job { report(.finished(job, ended.failure.map { .failure($0) } ?? .success(ended.outputs))) }
        if !isReady { report(.lost(reason: errorMessage)) }
    }
}
