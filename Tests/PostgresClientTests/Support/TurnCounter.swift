import Foundation
import Synchronization

/// Stands between one client connection and a server, and counts how often the client speaks after the server did.
///
/// An answer is held back for a moment, and what the client says meanwhile belongs to the turn before: it was said without waiting.
final class TurnCounter: Sendable {
    let port: Int
    private let listener: Int32
    private let state: State

    private final class State: Sendable {
        let turns = Atomic(0)
    }

    var turns: Int { state.turns.load(ordering: .acquiring) }

    init(before target: Int) throws {
        let (listener, port) = try TurnCounter.listen()
        (self.listener, self.port) = (listener, port)
        let state = State()
        self.state = state
        Thread.detachNewThread {
            while case let client = accept(listener, nil, nil), client >= 0 {
                if let server = TurnCounter.connect(to: target) {
                    TurnCounter.relay(client, server, state)
                    close(server)
                }
                // A child process that another test is about to start may hold a copy, which `close` alone would leave open.
                shutdown(client, Int32(SHUT_RDWR))
                close(client)
            }
        }
    }

    deinit {
        // Wakes the thread, which `close` alone would not.
        shutdown(listener, Int32(SHUT_RDWR))
        close(listener)
    }

    private static func relay(_ client: Int32, _ server: Int32, _ state: State) {
        var isServersTurn = false
        while true {
            var entries = [client, server].map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
            guard poll(&entries, 2, -1) > 0 else { return }
            if entries[1].revents != 0 {
                usleep(10_000)
                guard passOn(from: client, to: server, Int32(MSG_DONTWAIT)) != .end, passOn(from: server, to: client) == .some else {
                    return
                }
                isServersTurn = true
            } else {
                guard passOn(from: client, to: server) == .some else { return }
                if isServersTurn { state.turns.add(1, ordering: .releasing) }
                isServersTurn = false
            }
        }
    }

    private enum Passed {
        case some
        case nothing
        case end
    }

    private static func passOn(from source: Int32, to target: Int32, _ flags: Int32 = 0) -> Passed {
        var bytes = [UInt8](repeating: 0, count: 65536)
        let count = recv(source, &bytes, bytes.count, flags)
        if count < 0, errno == EAGAIN { return .nothing }
        guard count > 0, send(target, bytes, count, Int32(MSG_NOSIGNAL)) == count else { return .end }
        return .some
    }

    private static func listen() throws -> (Int32, port: Int) {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        let port = withLoopback { address, length in
            guard bind(descriptor, address, length) == 0, Glibc.listen(descriptor, 8) == 0 else { return -1 }
            var length = length
            guard getsockname(descriptor, address, &length) == 0 else { return -1 }
            return address.withMemoryRebound(to: sockaddr_in.self, capacity: 1) { Int(UInt16(bigEndian: $0.pointee.sin_port)) }
        }
        guard port > 0 else { throw TestServerError(text: "cannot listen") }
        return (descriptor, port)
    }

    private static func connect(to port: Int) -> Int32? {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        if withLoopback(port: port, { Int(Glibc.connect(descriptor, $0, $1)) }) == 0 { return descriptor }
        close(descriptor)
        return nil
    }

    private static func withLoopback(port: Int = 0, _ body: (UnsafeMutablePointer<sockaddr>, socklen_t) -> Int) -> Int {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        return withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, socklen_t(MemoryLayout<sockaddr_in>.size)) }
        }
    }
}
