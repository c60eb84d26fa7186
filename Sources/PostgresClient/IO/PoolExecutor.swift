import Synchronization

/// Runs tasks on a pool's I/O threads.
final class PoolExecutor: TaskExecutor {
    let loops: [EventLoop]
    private let turns = Atomic<Int>(0)

    init(threads: Int) throws(PostgresError) {
        var loops: [EventLoop] = []
        for _ in 0..<threads { loops.append(try EventLoop()) }
        self.loops = loops
    }

    /// The loop whose thread this is.
    var current: Int? { loops.firstIndex { $0.isCurrent } }

    func enqueue(_ job: consuming ExecutorJob) {
        // A task stays where it is: going elsewhere costs a wake-up.
        let place = current ?? turns.wrappingAdd(1, ordering: .relaxed).oldValue % loops.count
        loops[place].enqueue(UnownedJob(job), as: asUnownedTaskExecutor())
    }
}
