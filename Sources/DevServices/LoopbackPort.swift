#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// TCP on 127.0.0.1, as far as choosing ports and asking a Redis whether it is there need it.
package enum LoopbackPort {
    /// Below the ports that systems give outgoing connections and listeners that ask for any (from 32768 on Linux, 49152 elsewhere):
    /// while a server is down no other program gets its port by chance, neither to keep it from starting nor to be dialed by its clients.
    private static let range = 15_000..<32_000

    /// `preferred` when it is free, else any free port. It may be taken again before a server binds it: retry.
    package static func free(preferred: Int? = nil) throws(DevServicesError) -> Int {
        if let preferred, let port = bound(preferred) { return port }
        for _ in 0..<100 {
            if let port = bound(Int.random(in: range)) { return port }
        }
        throw DevServicesError(.startFailed, "No free port on 127.0.0.1 in \(range): \(systemMessage())")
    }

    private static func bound(_ port: Int) -> Int? {
        guard let socket = makeSocket() else { return nil }
        var reuse: Int32 = 1
        setsockopt(socket.number, SOL_SOCKET, SO_REUSEADDR, &reuse, socklen_t(MemoryLayout<Int32>.size))
        var address = address(port: port)
        let isBound = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(socket.number, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
        return isBound ? port : nil
    }

    /// Sends `request` and returns the answer's first bytes; nil without an answer within a second.
    static func ask(_ port: Int, _ request: String) -> String? {
        guard let socket = makeSocket() else { return nil }
        var address = address(port: port)
        let isConnected = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(socket.number, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
        let bytes = Array(request.utf8)
        #if canImport(Glibc)
        let flags = Int32(MSG_NOSIGNAL)
        #else
        let flags: Int32 = 0
        #endif
        guard isConnected, send(socket.number, bytes, bytes.count, flags) == bytes.count, socket.isReadable(within: 1000) else {
            return nil
        }
        return String(decoding: socket.readSome(), as: UTF8.self)
    }

    private static func makeSocket() -> OwnedDescriptor? {
        #if canImport(Glibc)
        let number = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        #else
        let number = socket(AF_INET, SOCK_STREAM, 0)
        #endif
        return number < 0 ? nil : OwnedDescriptor(number)
    }

    private static func address(port: Int) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        return address
    }
}
