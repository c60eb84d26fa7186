import Foundation
import Synchronization

/// A small HTTP/1.1 server on loopback that answers as the request's path says. It stops when nobody holds it.
final class TestServer: Sendable {
    struct Seen: Sendable {
        var connections = 0
        var paths: [String] = []
    }

    private let core: Core
    private let listener: Listener
    private let address: String

    init(on address: String = "127.0.0.1", port: UInt16 = 0) throws {
        let core = Core()
        listener = try Listener(on: address, port: port) { core.serve(&$0) }
        self.core = core
        self.address = address
    }

    var port: UInt16 { listener.port }
    /// The path of each request, as soon as its header is there.
    var arrivals: AsyncStream<String> { core.arrivals }
    var seen: Seen { Seen(connections: listener.counts.connections, paths: core.paths) }

    func url(_ path: String) -> String { "http://\(address.contains(":") ? "[\(address)]" : address):\(port)\(path)" }

    func stop() { listener.stop() }

    /// Lets requests to `/gate` through, now or when they come.
    func openGate(times: Int) { for _ in 0..<times { core.gate.signal() } }

    /// What the server's threads share.
    private final class Core: Sendable {
        let arrivals: AsyncStream<String>
        let gate = DispatchSemaphore(value: 0)
        private let announce: AsyncStream<String>.Continuation
        private let state: Mutex<[String]> = Mutex([])

        init() { (arrivals, announce) = AsyncStream.makeStream() }

        var paths: [String] { state.withLock { $0 } }

        func serve(_ peer: inout Peer) {
            while let request = peer.readRequest() {
                state.withLock { $0.append(request.path) }
                announce.yield(request.path)
                guard respond(to: request, over: &peer) else { break }
            }
        }

        /// Whether the connection goes on.
        private func respond(to request: Peer.Request, over peer: inout Peer) -> Bool {
            let parts = request.path.split(separator: "/", maxSplits: 1).map(String.init)
            let argument = parts.count > 1 ? parts[1] : ""
            let number = Int(argument) ?? 0
            switch parts.first ?? "" {
            case "status": return peer.answer(number, "status \(number)")
            case "body": return peer.answer(200, String(repeating: "b", count: number))
            case "echo": return peer.answer(200, request.head + request.body)
            case "late":
                usleep(UInt32(number) * 1000)
                return peer.answer(200, "late")
            case "redirect":
                // "/redirect/307/http://host/path"
                let target = argument.split(separator: "/", maxSplits: 1).map(String.init)
                guard target.count == 2 else { return false }
                return peer.write("HTTP/1.1 \(target[0]) Elsewhere\r\nLocation: \(target[1])\r\nContent-Length: 0\r\n\r\n")
            case "elsewhere":
                let lead = argument.removingPercentEncoding ?? ""
                return peer.write("HTTP/1.1 200 OK\r\nRefresh: 0; url=\(lead)\r\nAlt-Svc: \(lead)\r\nContent-Length: 0\r\n\r\n")
            case "cookie": return peer.write("HTTP/1.1 200 OK\r\nSet-Cookie: a=b\r\nContent-Length: 0\r\n\r\n")
            case "gate":
                gate.wait()
                return peer.answer(200, "through")
            case "hang": return peer.readRequest() != nil
            case "short":
                _ = peer.write("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly this")
                return false
            case "interim":
                return peer.write("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n") && peer.answer(200, "final")
            case "trailer":
                return peer.write(
                    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Late\r\n\r\n3\r\nabc\r\n0\r\nX-Late: yes\r\n\r\n")
            case "endless":
                guard peer.write("HTTP/1.1 200 OK\r\n\r\n") else { return false }
                peer.writeForever(String(repeating: "e", count: 16384))
                return false
            case "drip":
                guard peer.write("HTTP/1.1 200 OK\r\n\r\n\(String(repeating: "d", count: number))") else { return false }
                peer.writeForever("d", every: 20_000)
                return false
            default: return peer.answer(404, "")
            }
        }
    }
}
