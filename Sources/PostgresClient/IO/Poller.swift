import CLibpq
import Glibc

/// Waits on many sockets at once: epoll, level-triggered, which never loses an event that was not fully handled.
struct Poller: ~Copyable {
    struct Event {
        let token: Int
        let isReadable: Bool
        let isWritable: Bool
    }

    private let descriptor: Int32
    private var buffer = [epoll_event](repeating: epoll_event(), count: 64)

    init() throws(PostgresError) {
        descriptor = epoll_create1(Int32(EPOLL_CLOEXEC))
        guard descriptor >= 0 else {
            throw PostgresError(.invalidConfiguration, "epoll failed: \(String(cString: strerror(errno)))", isRetrySafe: true)
        }
    }

    deinit { close(descriptor) }

    func add(_ socket: Int32, token: Int) { control(EPOLL_CTL_ADD, socket, token: token, writable: false) }

    func change(_ socket: Int32, token: Int, readable: Bool, writable: Bool) {
        control(EPOLL_CTL_MOD, socket, token: token, readable: readable, writable: writable)
    }

    func remove(_ socket: Int32) { control(EPOLL_CTL_DEL, socket, token: 0, writable: false) }

    /// - Parameter milliseconds: -1 waits without end.
    mutating func wait(milliseconds: Int32, into events: inout [Event]) {
        events.removeAll(keepingCapacity: true)
        let count = epoll_wait(descriptor, &buffer, Int32(buffer.count), milliseconds)
        guard count > 0 else { return }  // a signal or the time limit: the loop looks at its clock anyway
        for event in buffer[..<Int(count)] {
            let flags = event.events
            let isBroken = flags & (EPOLLERR.rawValue | EPOLLHUP.rawValue) != 0
            events.append(
                Event(
                    token: Int(truncatingIfNeeded: event.data.u64),
                    isReadable: isBroken || flags & EPOLLIN.rawValue != 0,
                    isWritable: flags & EPOLLOUT.rawValue != 0
                )
            )
        }
    }

    private func control(_ operation: Int32, _ socket: Int32, token: Int, readable: Bool = true, writable: Bool) {
        var event = epoll_event()
        event.events = (readable ? EPOLLIN.rawValue : 0) | (writable ? EPOLLOUT.rawValue : 0)
        event.data.u64 = UInt64(token)
        // Fails only for descriptors that are gone, which libpq reports itself at the next call.
        _ = epoll_ctl(descriptor, operation, socket, &event)
    }
}
