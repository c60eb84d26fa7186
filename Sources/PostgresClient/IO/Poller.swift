import CLibpq
import Glibc

/// Waits on many sockets at once: epoll, level-triggered, which never loses an event that was not fully handled.
///
/// Any thread may add, change and remove sockets, or wake the one that waits.
final class Poller: Sendable {
    struct Event {
        let token: Int
        let isReadable: Bool
        let isWritable: Bool
    }

    /// What the waiting thread is told.
    struct Arrivals {
        fileprivate(set) var events: [Event] = []
        fileprivate var buffer = [epoll_event](repeating: epoll_event(), count: 64)
    }

    private let descriptor: Int32
    /// Readable when the waiting thread was woken.
    private let waker: Int32

    private static let wakeToken = 0

    init() throws(PostgresError) {
        descriptor = epoll_create1(Int32(EPOLL_CLOEXEC))
        waker = eventfd(0, Int32(EFD_CLOEXEC | EFD_NONBLOCK))
        guard descriptor >= 0, waker >= 0 else {
            throw PostgresError(.invalidConfiguration, "epoll or eventfd failed: \(String(cString: strerror(errno)))", isRetrySafe: true)
        }
        add(waker, token: Poller.wakeToken)
    }

    deinit {
        _ = close(waker)
        _ = close(descriptor)
    }

    /// - Parameter token: 1 or more.
    func add(_ socket: Int32, token: Int) { control(EPOLL_CTL_ADD, socket, token: token, writable: false) }

    func change(_ socket: Int32, token: Int, readable: Bool, writable: Bool) {
        control(EPOLL_CTL_MOD, socket, token: token, readable: readable, writable: writable)
    }

    func remove(_ socket: Int32) { control(EPOLL_CTL_DEL, socket, token: 0, writable: false) }

    /// Ends the wait under way, or the next one at once.
    func wake() {
        var one: UInt64 = 1
        _ = write(waker, &one, 8)
    }

    /// - Parameter milliseconds: -1 waits without end.
    func wait(milliseconds: Int32, into arrivals: inout Arrivals) {
        arrivals.events.removeAll(keepingCapacity: true)
        let count = epoll_wait(descriptor, &arrivals.buffer, Int32(arrivals.buffer.count), milliseconds)
        guard count > 0 else { return }  // a signal or the time limit: the loop looks at its clock anyway
        for event in arrivals.buffer[..<Int(count)] {
            let token = Int(truncatingIfNeeded: event.data.u64)
            guard token != Poller.wakeToken else {
                acknowledgeWake()
                continue
            }
            let flags = event.events
            let isBroken = flags & (EPOLLERR.rawValue | EPOLLHUP.rawValue) != 0
            arrivals.events.append(
                Event(
                    token: token,
                    isReadable: isBroken || flags & EPOLLIN.rawValue != 0,
                    isWritable: flags & EPOLLOUT.rawValue != 0
                )
            )
        }
    }

    private func acknowledgeWake() {
        var count: UInt64 = 0
        _ = read(waker, &count, 8)
    }

    private func control(_ operation: Int32, _ socket: Int32, token: Int, readable: Bool = true, writable: Bool) {
        var event = epoll_event()
        event.events = (readable ? EPOLLIN.rawValue : 0) | (writable ? EPOLLOUT.rawValue : 0)
        event.data.u64 = UInt64(token)
        // Fails only for descriptors that are gone, which libpq reports itself at the next call.
        _ = epoll_ctl(descriptor, operation, socket, &event)
    }
}
