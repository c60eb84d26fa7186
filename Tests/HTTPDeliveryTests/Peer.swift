import Foundation

/// The server's end of one connection.
struct Peer {
    let socket: Int32
    private(set) var isReset = false
    private var pending: [UInt8] = []

    init(socket: Int32) { self.socket = socket }

    struct Request {
        var head: String
        var path: String
        var body: String
    }

    /// `nil` at the end of the connection.
    mutating func readRequest() -> Request? {
        while true {
            if let end = Data(pending).range(of: Data("\r\n\r\n".utf8)) {
                let head = String(decoding: pending[..<end.upperBound], as: UTF8.self)
                let length =
                    head.split(separator: "\r\n").first { $0.lowercased().hasPrefix("content-length:") }
                    .flatMap { Int($0.dropFirst(15).trimmingCharacters(in: .whitespaces)) } ?? 0
                if pending.count >= end.upperBound + length {
                    let body = String(decoding: pending[end.upperBound..<end.upperBound + length], as: UTF8.self)
                    pending.removeFirst(end.upperBound + length)
                    return Request(head: head, path: String(head.split(separator: " ")[1]), body: body)
                }
            }
            guard let chunk = read() else { return nil }
            pending += chunk
        }
    }

    /// Some bytes, as they come; `nil` at the end of the connection.
    func read() -> [UInt8]? {
        var chunk = [UInt8](repeating: 0, count: 65536)
        let count = recv(socket, &chunk, chunk.count, 0)
        return count > 0 ? Array(chunk[..<count]) : nil
    }

    /// Whether the other side has closed or reset the connection, looked at without reading from it.
    var isGone: Bool {
        // POLLRDHUP, which the C library shows only with its extensions on.
        var entry = pollfd(fd: socket, events: 0x2000, revents: 0)
        return poll(&entry, 1, 0) > 0
    }

    /// Says nothing until the other side goes away.
    func wait() { while read() != nil {} }

    /// Whether all of it was written.
    func write(_ text: String) -> Bool { write(Array(text.utf8)) }

    /// Whether all of it was written.
    func write(_ bytes: [UInt8]) -> Bool {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            guard count > 0 else { return false }
            rest = rest.dropFirst(count)
        }
        return true
    }

    /// Writes `block` again and again until the other side goes away.
    func writeForever(_ block: String, every microseconds: UInt32 = 0) {
        let bytes = Array(block.utf8)
        while write(bytes) {
            if microseconds > 0 { usleep(microseconds) }
        }
    }

    func answer(_ status: Int, _ body: String) -> Bool {
        write("HTTP/1.1 \(status) Test\r\nContent-Length: \(body.utf8.count)\r\nX-Test: one\r\nX-Test: two\r\n\r\n\(body)")
    }

    /// Ends the connection with a TCP reset.
    ///
    /// Dissolving the association sends it at once. Closing with SO_LINGER would send none while a child process of another test, started at that
    /// moment, holds a copy of the descriptor.
    mutating func reset() {
        var nobody = sockaddr()
        nobody.sa_family = sa_family_t(AF_UNSPEC)
        connect(socket, &nobody, socklen_t(MemoryLayout.size(ofValue: nobody)))
        isReset = true
    }
}
