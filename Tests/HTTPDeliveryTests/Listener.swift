import Foundation
import Synchronization

/// A TCP server on loopback that hands each connection to a closure, on a thread of its own. It stops when nobody holds it.
final class Listener: Sendable {
    private let core: ListenerCore

    /// - Parameters:
    ///   - address: Numeric, IPv4 or IPv6.
    ///   - port: 0 lets the system choose.
    ///   - serve: The connection is closed when it returns.
    init(on address: String = "127.0.0.1", port: UInt16 = 0, serve: @escaping @Sendable (inout Peer) -> Void) throws {
        core = try ListenerCore(address, port: port, serve: serve)
    }

    deinit { core.stop() }

    var port: UInt16 { core.port }
    var counts: ListenerCore.Counts { core.counts }

    func stop() { core.stop() }
}

/// What the listener's threads share: one that accepts, one for each connection.
final class ListenerCore: Sendable {
    struct Counts: Sendable {
        var connections = 0
        var open = 0
        fileprivate var isStopped = false
    }

    let port: UInt16
    private let listener: Int32
    private let serve: @Sendable (inout Peer) -> Void
    private let state = Mutex(Counts())

    init(_ address: String, port: UInt16, serve: @escaping @Sendable (inout Peer) -> Void) throws {
        self.serve = serve
        let endpoint = try Endpoint(address, port: port)
        let descriptor = socket(endpoint.family, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        listener = descriptor
        var reuse: Int32 = 1
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &reuse, socklen_t(MemoryLayout<Int32>.size))
        guard descriptor >= 0, let bound = endpoint.bind(descriptor), listen(descriptor, 512) == 0 else {
            let code = POSIXErrorCode(rawValue: errno) ?? .EADDRNOTAVAIL
            close(descriptor)
            throw POSIXError(code)
        }
        self.port = bound
        Thread.detachNewThread { [self] in acceptAll() }
    }

    var counts: Counts { state.withLock { $0 } }

    func stop() {
        // Once: afterwards the accepting thread closes the descriptor, and its number may be somebody else's.
        let isFirst = state.withLock { state in
            defer { state.isStopped = true }
            return !state.isStopped
        }
        if isFirst { shutdown(listener, Int32(SHUT_RDWR)) }
    }

    private func acceptAll() {
        while true {
            let connection = accept(listener, nil, nil)
            guard connection >= 0 else { break }
            state.withLock { state in
                state.connections += 1
                state.open += 1
            }
            Thread.detachNewThread { [self] in
                var peer = Peer(socket: connection)
                serve(&peer)
                // A child process of another test may hold a copy, which `close` alone would leave open.
                if !peer.isReset { shutdown(connection, Int32(SHUT_RDWR)) }
                close(connection)
                state.withLock { $0.open -= 1 }
            }
        }
        close(listener)
    }
}

/// A port of 127.0.0.1 that is taken and where nobody listens.
final class ReservedPort: Sendable {
    let number: UInt16
    private let descriptor: Int32

    init() throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0, let bound = try Endpoint("127.0.0.1", port: 0).bind(descriptor) else {
            close(descriptor)
            throw POSIXError(.EADDRNOTAVAIL)
        }
        number = bound
    }

    deinit { close(descriptor) }
}

/// A numeric address and port, as the socket functions want them.
private struct Endpoint {
    let family: Int32
    private var storage = sockaddr_storage()
    private var length: socklen_t

    init(_ address: String, port: UInt16) throws {
        var v4 = sockaddr_in()
        var v6 = sockaddr_in6()
        if inet_pton(AF_INET, address, &v4.sin_addr) == 1 {
            v4.sin_family = sa_family_t(AF_INET)
            v4.sin_port = port.bigEndian
            (family, length) = (AF_INET, socklen_t(MemoryLayout<sockaddr_in>.size))
            withUnsafeMutableBytes(of: &storage) { $0.storeBytes(of: v4, as: sockaddr_in.self) }
        } else if inet_pton(AF_INET6, address, &v6.sin6_addr) == 1 {
            v6.sin6_family = sa_family_t(AF_INET6)
            v6.sin6_port = port.bigEndian
            (family, length) = (AF_INET6, socklen_t(MemoryLayout<sockaddr_in6>.size))
            withUnsafeMutableBytes(of: &storage) { $0.storeBytes(of: v6, as: sockaddr_in6.self) }
        } else {
            throw POSIXError(.EINVAL)
        }
    }

    /// - Returns: The port, or `nil` with `errno` set.
    func bind(_ descriptor: Int32) -> UInt16? {
        var (storage, length) = (storage, length)
        let size = length
        let isBound = withUnsafeMutablePointer(to: &storage) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                Foundation.bind(descriptor, pointer, size) == 0 && getsockname(descriptor, pointer, &length) == 0
            }
        }
        guard isBound else { return nil }
        // The port lies at the same place in both families.
        return withUnsafeBytes(of: &storage) { UInt16(bigEndian: $0.load(fromByteOffset: 2, as: UInt16.self)) }
    }
}
