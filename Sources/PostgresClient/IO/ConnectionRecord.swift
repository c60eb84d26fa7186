/// A connection as the pool sees it: whose it is and what it has to do.
struct ConnectionRecord<Connection: Sendable> {
    let id: Int
    let connection: Connection
    let outbox: Outbox
    /// Which event loop reads from it.
    let eventLoop: Int

    /// Jobs on the connection or about to be, in order; the server works on the first.
    var jobs = FIFO<Pending>()
    /// Whose the connection is; nil while it is shared.
    var lease: Lease?
    /// Jobs of the lease that cannot start yet.
    var held = FIFO<Pending>()
    /// A COPY is under way, perhaps without a job.
    var isCopying = false
    /// Set aside for the next lease: takes nothing new.
    var isReserved = false
    /// When it has grown too old.
    var expiry = Int64.max
    /// Too old: takes nothing new, and is closed when it is idle.
    var isRetiring = false
    /// Whether a cancel request is on its way, which strikes whatever runs when it arrives.
    var isCancelling = false
    /// The job that was asked to stop, when to ask again, and when to give the connection up if it does not.
    var cancelledJob: Job?
    var cancelRepeat: Int64?
    var cancelDeadline: Int64?
    /// When the server last finished something, or was given something after a pause.
    var lastProgress: Int64

    init(id: Int, connection: Connection, outbox: Outbox, eventLoop: Int, expiry: Int64, now: Int64) {
        self.id = id
        self.connection = connection
        self.outbox = outbox
        self.eventLoop = eventLoop
        self.expiry = expiry
        self.lastProgress = now
    }

    var load: Int { jobs.count + (isCopying && jobs.isEmpty ? 1 : 0) }
    var isIdle: Bool { jobs.isEmpty && !isCopying }
    /// Idle and not leased.
    var isUnused: Bool { isIdle && lease == nil && !isCancelling }
    /// Whether a query of anybody may go there.
    var isOpenToAll: Bool { lease == nil && !isReserved && !isCancelling && !isRetiring }
    /// Whether it can be given to a lease at once.
    var isFreeForLease: Bool { lease == nil && isIdle && !isCancelling && !isRetiring }

    func has(_ job: Job) -> Bool { jobs.contains { $0.job === job } || held.contains { $0.job === job } }

    /// Whether the server has left its current job without an answer since `moment`.
    func isStalled(since moment: Int64) -> Bool { !isIdle && lastProgress < moment }

    func canStart(_ job: Job) -> Bool {
        if isCancelling { return false }  // a late cancel request would strike this job
        if isCopying { return job.continuesCopy && jobs.isEmpty }
        if jobs.first?.job.isScript == true { return false }
        return isIdle || !job.needsIdleConnection
    }
}
