import CLibpq
import Glibc

/// Starts a thread outside Swift's pool, for work that blocks. False when the system refuses one.
func startThread(named name: String, _ body: @escaping @Sendable () -> Void) -> Bool {
    final class Box: Sendable {
        let name: String
        let body: @Sendable () -> Void
        init(_ name: String, _ body: @escaping @Sendable () -> Void) {
            self.name = name
            self.body = body
        }
    }
    var thread = pthread_t()
    let box = Unmanaged.passRetained(Box(name, body))
    let status = pthread_create(
        &thread, nil,
        { argument in
            guard let argument else { return nil }
            let box = Unmanaged<Box>.fromOpaque(argument).takeRetainedValue()
            mainstay_name_thread(box.name)
            box.body()
            return nil
        }, box.toOpaque()
    )
    guard status == 0 else {
        box.release()
        return false
    }
    pthread_detach(thread)
    return true
}

/// Nanoseconds of the monotonic clock.
func monotonicNow() -> Int64 { mainstay_monotonic_now() }

extension Int64 {
    /// A moment `nanoseconds` after this one; never, where that is further than the clock reaches.
    func later(by nanoseconds: Int64) -> Int64 {
        let (moment, overflow) = addingReportingOverflow(nanoseconds)
        return overflow ? (nanoseconds < 0 ? .min : .max) : moment
    }
}
