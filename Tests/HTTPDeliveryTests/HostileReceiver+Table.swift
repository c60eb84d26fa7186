import Foundation

@testable import HTTPDelivery

extension HostileReceiver {
    static let all = silent + slow + endless + malformed + early + broken + compressed

    static let silent: [HostileReceiver] = [
        HostileReceiver("accepts and reads nothing", .failure(.timedOut)) { peer in while !peer.isGone { usleep(20_000) } },
        HostileReceiver("accepts and reads nothing of a large body", .failure(.timedOut), requestBody: 8 << 20) { peer in
            while !peer.isGone { usleep(20_000) }
        },
        HostileReceiver("reads and never answers", says: "", .failure(.timedOut)),
        HostileReceiver("stops in the status line", says: "HTTP/1.1 2", .failure(.timedOut)),
        HostileReceiver("stops in the headers", says: "HTTP/1.1 200 OK\r\nX-A: 1\r\n", .failure(.timedOut)),
        HostileReceiver(
            "promises a body and sends none", says: "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n", .response(200, truncated: true)),
        HostileReceiver(
            "promises an enormous body", says: "HTTP/1.1 200 OK\r\nContent-Length: 9223372036854775807\r\n\r\n1",
            .response(200, truncated: true)),
        HostileReceiver("says continue and nothing more", says: "HTTP/1.1 100 Continue\r\n\r\n", .failure(.timedOut)),
        HostileReceiver("is silent in the TLS handshake", .failure(.timedOut), isTLS: true) { $0.wait() },
    ]

    static let slow: [HostileReceiver] = [
        HostileReceiver("sends a byte of a status line a second", says: "", forever: "H", every: 1_000_000, .failure(.timedOut)),
        HostileReceiver(
            "sends a byte of a header a second", says: "HTTP/1.1 200 OK\r\nX-A: ", forever: "a", every: 1_000_000, .failure(.timedOut)),
        HostileReceiver(
            "sends a byte of the body a second", says: "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n", forever: "b", every: 1_000_000,
            .response(200, truncated: true)),
        HostileReceiver(
            "sends a chunk a second", says: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", forever: "1\r\nb\r\n",
            every: 1_000_000, .response(200, truncated: true)),
        HostileReceiver("sends a byte of the handshake a second", .failure(.timedOut), isTLS: true) { peer in
            guard peer.read() != nil, peer.write([0x16, 3, 3, 0x40, 0, 2, 0, 0x3f, 0xf0]) else { return }
            peer.writeForever("s", every: 1_000_000)
        },
    ]

    static let endless: [HostileReceiver] = [
        HostileReceiver(
            "sends headers without end", says: "HTTP/1.1 200 OK\r\n", forever: "X-More: \(String(repeating: "h", count: 1000))\r\n",
            .failure(.protocolError)),
        HostileReceiver(
            "sends one header without end", says: "HTTP/1.1 200 OK\r\nX-Long: ", forever: String(repeating: "l", count: 4096),
            .failure(.protocolError)),
        HostileReceiver(
            "sends a status line without end", says: "HTTP/1.1 200 ", forever: String(repeating: "O", count: 4096), .failure(.protocolError)
        ),
        HostileReceiver("continues without end", says: "", forever: "HTTP/1.1 100 Continue\r\n\r\n", .failure(.protocolError)),
        HostileReceiver(
            "sends hints without end", says: "", forever: "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n", .failure(.protocolError)),
        HostileReceiver(
            "sends a body without end", says: "HTTP/1.1 200 OK\r\n\r\n", forever: String(repeating: "b", count: 16384),
            .response(200, truncated: true)),
        HostileReceiver(
            "sends chunks without end", says: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
            forever: "1000\r\n\(String(repeating: "b", count: 4096))\r\n", .response(200, truncated: true)),
        HostileReceiver(
            "sends an enormous body", says: "HTTP/1.1 200 OK\r\nContent-Length: 9223372036854775807\r\n\r\n",
            forever: String(repeating: "b", count: 16384), .response(200, truncated: true)),
        HostileReceiver(
            "sends a chunk extension without end", says: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;",
            forever: String(repeating: "x", count: 16384), .response(200, truncated: true)),
        HostileReceiver(
            "sends a chunk size without end", says: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
            forever: String(repeating: "0", count: 4096), .response(200, truncated: true)),
        HostileReceiver(
            "sends trailers without end", says: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nb\r\n0\r\n",
            forever: "X-More: \(String(repeating: "t", count: 1000))\r\n", .response(200, truncated: true)),
        HostileReceiver(
            "sends one trailer without end", says: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nb\r\n0\r\nX-Long: ",
            forever: String(repeating: "t", count: 4096), .response(200, truncated: true)),
    ]

    static let malformed: [HostileReceiver] = [
        HostileReceiver("speaks SSH", says: "SSH-2.0-OpenSSH_9.2\r\n\r\n", .failure(.protocolError)),
        HostileReceiver("speaks HTTP/0.9", says: "<html>hello</html>", .failure(.protocolError)),
        HostileReceiver("speaks HTTP/7", says: "HTTP/7.0 200 OK\r\n\r\n", .failure(.protocolError)),
        HostileReceiver("has no status", says: "HTTP/1.1 abc OK\r\n\r\n", .failure(.protocolError)),
        HostileReceiver("has a status of four digits", says: "HTTP/1.1 2000 OK\r\n\r\n", .failure(.protocolError)),
        HostileReceiver(
            "switches protocols unasked", says: "HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n",
            .failure(.protocolError), .failure(.timedOut)),
        HostileReceiver(
            "has a negative length", says: "HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\nabcde", .failure(.protocolError)),
        HostileReceiver(
            "has a length beyond 64 bits", says: "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\nabcde",
            .failure(.protocolError), .response(200, truncated: true), .failure(.timedOut)),
        HostileReceiver(
            "has a length that is no number", says: "HTTP/1.1 200 OK\r\nContent-Length: ten\r\n\r\nabcde", .failure(.protocolError)),
        HostileReceiver("has a chunk size that is none", says: chunked("zz\r\nabc\r\n0\r\n\r\n"), .response(200, truncated: true)),
        HostileReceiver("has a negative chunk size", says: chunked("-1\r\nabc\r\n0\r\n\r\n"), .response(200, truncated: true)),
        HostileReceiver("has a chunk size beyond 64 bits", says: chunked("10000000000000001\r\na\r\n"), .response(200, truncated: true)),
        HostileReceiver("has the largest chunk", says: chunked("7fffffffffffffff\r\nabc"), .response(200, truncated: true)),
        HostileReceiver("has no line end after a chunk", says: chunked("3\r\nabcdef\r\n0\r\n\r\n"), .response(200, truncated: true)),
        HostileReceiver(
            "has an unknown transfer coding", says: "HTTP/1.1 200 OK\r\nTransfer-Encoding: mystery\r\n\r\nabc",
            .response(200, truncated: true)),
        HostileReceiver("answers in plain to a handshake", .failure(.tlsFailed), isTLS: true) { peer in
            guard peer.read() != nil, peer.write("HTTP/1.1 400 Bad Request\r\n\r\n") else { return }
            peer.wait()
        },
    ]

    static let early: [HostileReceiver] = [
        HostileReceiver("refuses before reading a large body", .response(413, truncated: false), requestBody: 8 << 20) { peer in
            guard peer.write("HTTP/1.1 413 Content Too Large\r\nContent-Length: 0\r\n\r\n") else { return }
            while !peer.isGone { usleep(20_000) }
        },
        HostileReceiver(
            "accepts before reading a large body", .failure(.timedOut), .response(200, truncated: true), .response(200, truncated: false),
            requestBody: 8 << 20
        ) {
            peer in
            guard peer.write("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n") else { return }
            while !peer.isGone { usleep(20_000) }
        },
        HostileReceiver(
            "answers before anything is asked", .response(200, truncated: false), .failure(.protocolError), requestBody: 1
        ) { peer in
            _ = peer.write("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nearly")
        },
    ]

    static let broken: [HostileReceiver] = [
        HostileReceiver("closes at once", .failure(.protocolError)) { _ in },
        HostileReceiver("resets at once", .failure(.protocolError), .failure(.connectFailed)) { $0.reset() },
        HostileReceiver("closes after the request", .failure(.protocolError)) { _ = $0.readRequest() },
        HostileReceiver("resets after the request", .failure(.protocolError)) { peer in
            _ = peer.readRequest()
            peer.reset()
        },
        HostileReceiver("resets in the headers", .failure(.protocolError)) { peer in
            _ = peer.readRequest()
            _ = peer.write("HTTP/1.1 200 OK\r\nX-A")
            peer.reset()
        },
        HostileReceiver("resets in the body", .response(200, truncated: true)) { peer in
            _ = peer.readRequest()
            _ = peer.write("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc")
            peer.reset()
        },
        HostileReceiver("resets while a large body comes", .failure(.protocolError), requestBody: 8 << 20) { peer in
            _ = peer.read()
            peer.reset()
        },
        HostileReceiver("closes in the body", .response(200, truncated: true)) { peer in
            _ = peer.readRequest()
            _ = peer.write("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc")
        },
        HostileReceiver("closes in a chunk", .response(200, truncated: true)) { peer in
            _ = peer.readRequest()
            _ = peer.write(chunked("64\r\nabc"))
        },
        HostileReceiver("resets in the TLS handshake", .failure(.tlsFailed), .failure(.protocolError), isTLS: true) { peer in
            _ = peer.read()
            peer.reset()
        },
    ]

    /// 64 MiB of zeros in some 60 KB, sent as content that is compressed and as a transfer that is.
    static let compressed: [HostileReceiver] = [
        "Content-Encoding: gzip", "Transfer-Encoding: gzip", "Transfer-Encoding: gzip, gzip, gzip, gzip, gzip, gzip, gzip",
    ].map { header in
        HostileReceiver(
            "sends a bomb, \(header)", .response(200, truncated: false), .response(200, truncated: true), .failure(.protocolError)
        ) { peer in
            guard peer.readRequest() != nil, peer.write("HTTP/1.1 200 OK\r\n\(header)\r\nConnection: close\r\n\r\n") else { return }
            _ = peer.write(bomb)
        }
    }

    static let bomb: [UInt8] = {
        var bytes: [UInt8] = []
        guard let stream = popen("head -c 67108864 /dev/zero | gzip -9", "r") else { return [] }
        var chunk = [UInt8](repeating: 0, count: 65536)
        while case let count = fread(&chunk, 1, chunk.count, stream), count > 0 { bytes += chunk[..<count] }
        pclose(stream)
        return bytes
    }()

    private static func chunked(_ body: String) -> String { "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n\(body)" }
}
