import Glibc
import Synchronization

/// Starts a thread that nothing orders with others, unless it is joined.
@discardableResult
func startThread(_ body: @escaping @Sendable () -> Void) -> pthread_t {
    final class Box: Sendable {
        let body: @Sendable () -> Void
        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }
    var thread = pthread_t()
    let status = pthread_create(
        &thread, nil,
        { argument in
            guard let argument else { return nil }
            Unmanaged<Box>.fromOpaque(argument).takeRetainedValue().body()
            return nil
        }, Unmanaged.passRetained(Box(body)).toOpaque()
    )
    precondition(status == 0, "no thread could be started")
    return thread
}

/// Runs both at once, and returns when both are through.
func runBeside(_ first: @escaping @Sendable () -> Void, _ second: @escaping @Sendable () -> Void) {
    for thread in [startThread(first), startThread(second)] { pthread_join(thread, nil) }
}

/// Tells one thread how far another is, and orders nothing: the thread sanitizer is not to be helped.
final class Signal: Sendable {
    private let isGiven = Atomic(false)

    func give() { isGiven.store(true, ordering: .relaxed) }

    func wait() {
        while !isGiven.load(ordering: .relaxed) { sched_yield() }
    }
}

/// A lock for which one thread has to wait while another has it, so that both take the contended ways.
final class ContendedLock: Sendable {
    private let mutex = Mutex(())

    /// Runs both under the lock, the second on a thread that waits for the first, and `afterwards` when the first has left.
    func run(
        _ first: @escaping @Sendable () -> Void, _ second: @escaping @Sendable () -> Void,
        afterwards: @escaping @Sendable () -> Void = {}
    ) {
        let isInside = Signal()
        runBeside {
            self.mutex.withLock { _ in
                isInside.give()
                usleep(50_000)
                first()
            }
            afterwards()
        } _: {
            isInside.wait()
            self.mutex.withLock { _ in second() }
        }
    }
}

/// Runs the three on another thread and returns when that is done: a task that calls this has not begun to wait when it is resumed.
func resumeEarly(
    _ before: @escaping @Sendable () -> Void, _ resume: @escaping @Sendable () -> Void, after: @escaping @Sendable () -> Void = {}
) {
    let isDone = Signal()
    pthread_detach(
        startThread {
            before()
            resume()
            after()
            isDone.give()
        })
    isDone.wait()
}

/// A number that its users have to protect.
final class Unprotected: @unchecked Sendable {
    // Unchecked, for being raced for is its purpose.
    var value = 0
}
