import Logging
import RedisClient

/// What a worker remembers of turns that failed.
struct Trouble {
    /// A turn failed without a reply: it may have fetched jobs that nobody knows of.
    var mayHoldLostJobs = false
    /// Since the last success.
    var failures = 0
    var reportLimit = WorkerLoop.jobsPerTurn

    mutating func isOver() {
        failures = 0
        reportLimit = WorkerLoop.jobsPerTurn
    }

    /// Whether a turn has to be over before the next sets off: what is put back, and who is to blame, is clear only then.
    var wantsOneAtATime: Bool { failures > 0 || mayHoldLostJobs || reportLimit < WorkerLoop.jobsPerTurn }

    /// How long to wait before the next try.
    var pause: Duration { failures == 0 ? .zero : .milliseconds(Int.random(in: 50...100) * min(failures, 10)) }
}

extension WorkerLoop {
    /// Answers that mean "not now".
    private static let passing: Set<String> = ["OOM", "MISCONF", "READONLY", "NOREPLICAS", "CLUSTERDOWN"]

    /// A turn failed: its reports are sent again, unless the server refuses one for itself.
    mutating func recover(from error: RedisError, _ flight: Flight) throws {
        var unsent = flight.reports
        switch error.code {
        case .closed, .invalidConfiguration, .authenticationFailed, .cancelled: throw error
        case .server where !error.isConnectionTrouble && !Self.passing.contains(error.server?.prefix ?? ""):
            worker.logger.error("The server refused a worker's turn", metadata: ["queue": "\(worker.queue.name)", "error": "\(error)"])
            worker.events.emit(.error("\(error)"))
            if unsent.count > 1 {
                trouble.reportLimit = 1  // find the one report that is to blame
            } else if let culprit = unsent.popLast() {
                // Given up: its lock runs out, and the job comes back as a stalled one.
                worker.ledger.remove(culprit.assignment)
                trouble.reportLimit = Self.jobsPerTurn
            }
        case .connectionFailed, .connectionLost, .timedOut, .server, .protocolError, .unexpectedReply:
            if !error.isRetrySafe {
                trouble.mayHoldLostJobs = true
                for index in unsent.indices { unsent[index].isRepeated = true }
            }
            if trouble.failures == 0 {
                worker.logger.warning("Worker cannot reach Redis", metadata: ["queue": "\(worker.queue.name)", "error": "\(error)"])
                worker.events.emit(.error("\(error)"))
            }
        }
        for report in unsent { report.assignment.ended() }
        reports = unsent + reports
        trouble.failures += 1
    }

    mutating func refuse(_ report: Report, _ error: any Error) {
        report.assignment.ended()
        reports.append(Report(report.assignment, Verdict(error, for: report.job, options: worker.options)))
    }

    /// The end: reports what is done, and gives back what is not. No turn is under way.
    mutating func giveBack() async {
        let done = Set(reports.map(\.token))
        let rest = worker.ledger.all.filter { !done.contains($0.token) }
        reports += rest.map { Report($0, .giveBack) }
        let deadline = ContinuousClock.now + .seconds(2)
        while !reports.isEmpty, ContinuousClock.now < deadline {
            var batch = takeReports(trouble.reportLimit)
            do throws(RedisError) {
                let codes = try await worker.report(batch, reclaims: trouble.mayHoldLostJobs)
                trouble.mayHoldLostJobs = false
                settle(batch, codes)
            } catch {
                for index in batch.indices where !error.isRetrySafe { batch[index].isRepeated = true }
                reports = batch + reports
                if error.code == .closed { break }
                try? await Task.sleep(for: .milliseconds(100))
            }
        }
        if !rest.isEmpty {
            worker.logger.notice(
                "Worker ended with jobs in hand", metadata: ["queue": "\(worker.queue.name)", "returned": "\(rest.count - reports.count)"])
        }
    }
}

/// Why a job that ran well did not complete.
struct JobNotFinished: Error, CustomStringConvertible {
    let description: String

    init(_ job: Job) { description = "Job \(job.id) has pending dependencies. moveToFinished" }
}
