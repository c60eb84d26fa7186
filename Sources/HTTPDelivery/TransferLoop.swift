import CCurl
import Logging

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// The I/O thread's work: takes what the mailbox holds, drives libcurl, answers who waits. Made and used on that thread alone.
final class TransferLoop {
    private let multi: UnsafeMutableRawPointer
    private let mailbox: Mailbox
    private let configuration: OutgoingHTTPConfiguration
    private let logger: Logger
    private var admission: Admission<String>
    /// Waiting for their turn. The ids of those that gave up stay in `admission` and are skipped.
    private var queued: [UInt64: Submission] = [:]
    private var active: [UInt64: Transfer] = [:]
    private let connections = KnownConnections()
    /// The earliest deadline in `queued`, or one before it.
    private var queueAlarm: ContinuousClock.Instant?
    private var closeDeadline: ContinuousClock.Instant?
    private var idle: IdleSchedule
    private var brake = SpinBrake()

    init(multi: MultiHandle, mailbox: Mailbox, configuration: OutgoingHTTPConfiguration, logger: Logger) {
        self.multi = multi.pointer
        self.mailbox = mailbox
        self.configuration = configuration
        self.logger = logger
        self.admission = Admission(total: configuration.maximumConnections, perKey: configuration.maximumConnectionsPerHost)
        self.idle = IdleSchedule(idleTimeout: configuration.idleTimeout)
    }

    /// Returns after a close, with every request settled and the multi handle gone.
    func run() {
        while true {
            for message in mailbox.take() { handle(message) }
            let now = ContinuousClock.now
            expire(at: now)
            startAdmitted()
            let someEnded = perform(at: now)
            if let closeDeadline, closeDeadline <= now || (active.isEmpty && queued.isEmpty) { break }
            // Who ended made room: the next in the queue must not wait for what others send.
            wait(for: someEnded && !queued.isEmpty ? 0 : pollTimeout(from: now))
        }
        stop()
    }

    private func wait(for milliseconds: Int32) {
        let start = ContinuousClock.now
        curl_multi_poll(multi, nil, 0, milliseconds, nil)
        let mustPause = brake.mustPause(waited: .now - start) { active.values.reduce(0) { $0 + EasyInfo($1.easy).movedBytes } }
        if mustPause { usleep(UInt32(SpinBrake.pause.components.attoseconds / 1_000_000_000_000)) }
    }

    private func handle(_ message: Mailbox.Message) {
        switch message {
        case .submit(let submission):
            queued[submission.id] = submission
            admission.enqueue(submission.id, key: submission.request.destination.origin)
            queueAlarm = queueAlarm.map { min($0, submission.deadline) } ?? submission.deadline
        case .cancel(let id):
            abort(id, OutgoingError(.cancelled, "The request was cancelled."))
        case .close(let deadline):
            closeDeadline = closeDeadline.map { min($0, deadline) } ?? deadline
        }
    }

    private func startAdmitted() {
        while let (id, origin) = admission.next() {
            guard let submission = queued.removeValue(forKey: id) else {
                admission.release(origin)
                continue
            }
            start(submission)
        }
        if queued.isEmpty { queueAlarm = nil }
    }

    private func start(_ submission: Submission) {
        do throws(OutgoingError) {
            let transfer = try Transfer(submission, configuration: configuration, connections: connections)
            let code = curl_multi_add_handle(multi, transfer.easy)
            guard code == CURLM_OK else {
                throw OutgoingError(.systemFailure, "libcurl refused the request: \(String(cString: curl_multi_strerror(code))).")
            }
            active[submission.id] = transfer
        } catch {
            admission.release(submission.request.destination.origin)
            answer(submission, .failure(error))
        }
    }

    /// Moves bytes, and settles what has ended: true when something has.
    private func perform(at now: ContinuousClock.Instant) -> Bool {
        var running: Int32 = 0
        let sweep = idle.isDue(at: now) ? IdleSweep(multi: multi, configuration: configuration) : nil
        _ = withExtendedLifetime(sweep) { curl_multi_perform(multi, &running) }
        var someEnded = false
        var left: Int32 = 0
        while let message = curl_multi_info_read(multi, &left) {
            guard message.pointee.msg == CURLMSG_DONE, let easy = message.pointee.easy_handle else { continue }
            // The message dies with the handle's place in the multi handle: read it first.
            let code = message.pointee.data.result
            var id: UnsafeMutableRawPointer?
            mainstay_curl_get_pointer(easy, CURLINFO_PRIVATE, &id)
            guard let transfer = active[UInt64(UInt(bitPattern: id))] else { continue }
            if code == CURLE_ABORTED_BY_CALLBACK, transfer.metSpoiledConnection {
                curl_multi_remove_handle(multi, easy)
                start(transfer.submission)
            } else {
                finish(transfer, transfer.result(code))
                someEnded = true
            }
        }
        return someEnded
    }

    private func expire(at now: ContinuousClock.Instant) {
        for transfer in active.values where transfer.discardDeadline.map({ $0 <= now }) ?? false {
            finish(transfer, transfer.result(CURLE_WRITE_ERROR))
        }
        guard let queueAlarm, queueAlarm <= now else { return }
        for submission in queued.values where submission.deadline <= now {
            abort(submission.id, OutgoingError(.overloaded, "Too many requests are in flight: this one could not be started in time."))
        }
        self.queueAlarm = queued.values.map(\.deadline).min()
    }

    /// In milliseconds. libcurl itself returns earlier when a socket or one of its own timers asks for it.
    private func pollTimeout(from now: ContinuousClock.Instant) -> Int32 {
        var wake = now + .seconds(60)
        if let queueAlarm { wake = min(wake, queueAlarm) }
        if let closeDeadline { wake = min(wake, closeDeadline) }
        if let alarm = idle.alarm { wake = min(wake, alarm) }
        for transfer in active.values { wake = min(wake, transfer.discardDeadline ?? wake) }
        return Int32((wake - now).curlMilliseconds)
    }

    private func abort(_ id: UInt64, _ error: OutgoingError) {
        if let transfer = active[id] {
            finish(transfer, .failure(error))
        } else if let submission = queued.removeValue(forKey: id) {
            answer(submission, .failure(error))
        }
    }

    private func finish(_ transfer: Transfer, _ result: Result<OutgoingResponse, OutgoingError>) {
        // An unfinished transfer's connection is closed by this; a finished one's returns to the pool.
        curl_multi_remove_handle(multi, transfer.easy)
        idle.used(at: .now)
        active[transfer.submission.id] = nil
        admission.release(transfer.submission.request.destination.origin)
        answer(transfer.submission, result)
    }

    private func answer(_ submission: Submission, _ result: Result<OutgoingResponse, OutgoingError>) {
        switch result {
        case .success(let response):
            logger.trace("Outgoing request answered", metadata: ["http.status": "\(response.status)"])
        case .failure(let error):
            logger.debug("Outgoing request failed", metadata: ["error.code": "\(error.code.rawValue)"])
        }
        submission.continuation.resume(returning: result)
    }

    private func stop() {
        let error = OutgoingError(.closed, "The client was closed.")
        let rest = mailbox.stop()
        for message in rest.messages { handle(message) }
        for id in Array(active.keys) + Array(queued.keys) { abort(id, error) }
        curl_multi_cleanup(multi)
        for closer in rest.closers { closer.resume() }
    }
}
