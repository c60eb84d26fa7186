import CCurl

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// The sockets of HTTP/1 connections that answered and may be used again. On the I/O thread alone.
///
/// What comes over such a connection while nothing is asked is no answer to what is asked next. libcurl before 8.0 takes it for one.
final class KnownConnections {
    struct Ends: Hashable {
        let localAddress: String
        let localPort: Int
        let remoteAddress: String
        let remotePort: Int
    }

    // No more than there are descriptors: an entry goes when the number of its socket is given to another.
    private var sockets: [Ends: Int32] = [:]
    private var ends: [Int32: Ends] = [:]

    func remember(_ socket: Int32, between ends: Ends) {
        forget(socket)
        if let former = sockets.updateValue(socket, forKey: ends) { self.ends[former] = nil }
        self.ends[socket] = ends
    }

    func forget(_ socket: Int32) {
        if let former = ends.removeValue(forKey: socket) { sockets[former] = nil }
    }

    /// Whether something waits to be read from a connection that was used before.
    func isSpoiled(between ends: Ends) -> Bool {
        guard let socket = sockets[ends] else { return false }
        var byte: UInt8 = 0
        return recv(socket, &byte, 1, Int32(MSG_PEEK | MSG_DONTWAIT)) > 0
    }
}

extension EasyInfo {
    /// The connection of a transfer that has ended, if it is an HTTP/1 connection that libcurl keeps.
    var keptConnection: (socket: Int32, ends: KnownConnections.Ends)? {
        guard (CURL_HTTP_VERSION_1_0...CURL_HTTP_VERSION_1_1).contains(long(CURLINFO_HTTP_VERSION)), let socket = activeSocket,
            let local = text(CURLINFO_LOCAL_IP), let remote = text(CURLINFO_PRIMARY_IP)
        else { return nil }
        let ends = KnownConnections.Ends(
            localAddress: local, localPort: long(CURLINFO_LOCAL_PORT), remoteAddress: remote, remotePort: long(CURLINFO_PRIMARY_PORT))
        return (socket, ends)
    }
}
