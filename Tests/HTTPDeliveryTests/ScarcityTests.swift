import Foundation
import TestServices
import Testing

@testable import HTTPDelivery

/// In processes of their own, whose limits and environment are not those of the other tests.
@Suite("Scarcity and environment")
struct ScarcityTests {
    @Test("Without file descriptors a request fails for a reason of ours, and goes out when there are some again")
    func descriptors() async {
        await #expect(processExitsWith: .success) {
            let (server, tls) = (try TestServer(), try OpenSSLServer("-www"))
            let name = ScriptedName(addresses: "127.0.0.1")
            let client = try makeClient(allow: ["127.0.0.0/8", name.name, "localhost"]) { $0.certificateAuthorities = tls.certificate }
            let plain = OutgoingRequest(method: "GET", url: server.url("/status/200"))
            let named = OutgoingRequest(method: "GET", url: "http://\(name.name):\(server.port)/status/200")
            var hogs = Descriptors.takeAll()
            for request in [plain, named, tls.request] {
                #expect(await failure { try await client.send(request) } == .systemFailure)
            }
            #expect(await failure { try makeClient() } == .systemFailure)
            // Enough for a look-up or a connection, not for all that TLS needs: whichever it fails for, the destination is not to blame.
            for _ in 0..<4 {
                close(hogs.removeLast())
                let outcome = await HostileReceiver.Outcome(of: client, tls.request)
                #expect([.failure(.systemFailure), .failure(.invalidConfiguration), .response(200, truncated: false)].contains(outcome))
            }
            for hog in hogs { close(hog) }
            for request in [plain, named, tls.request] { #expect(try await client.send(request).status == 200) }
        }
    }

    @Test("Certificates that cannot be read are the operator's trouble, not the destination's")
    func certificates() async throws {
        #expect(await failure { try makeClient { $0.certificateAuthorities = "/nowhere/certificates.pem" } } == .invalidConfiguration)
        let server = try OpenSSLServer("-www")
        let copy = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).pem").path
        try FileManager.default.copyItem(atPath: server.certificate, toPath: copy)
        let client = try makeClient(allow: ["localhost"]) { $0.certificateAuthorities = copy }
        try FileManager.default.removeItem(atPath: copy)
        #expect(await failure { try await client.send(server.request) } == .invalidConfiguration)
    }

    @Test("Proxies of the environment are not used")
    func proxies() async {
        await #expect(processExitsWith: .success) {
            let (server, tls, proxy) = (try TestServer(), try OpenSSLServer("-www"), try TestServer())
            for name in ["http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"] { setenv(name, proxy.url(""), 1) }
            setenv("no_proxy", "elsewhere.example", 1)
            let client = try makeClient { $0.certificateAuthorities = tls.certificate }
            #expect(try await client.send(OutgoingRequest(url: server.url("/status/200"))).status == 200)
            #expect(try await client.send(tls.request).status == 200)
            #expect(server.seen.connections == 1 && proxy.seen.connections == 0)
        }
    }

    @Test("A receiver that lets no body through does not keep the processor busy", arguments: [true, false])
    func processor(isHTTP2: Bool) async {
        await #expect(processExitsWith: .success) { [isHTTP2] in
            let unread = try Listener { peer in while !peer.isGone { usleep(20_000) } }
            let server = try HTTP2Server(.takesNoBody)
            let client = try makeClient { $0.certificateAuthorities = server.certificate }
            let url = isHTTP2 ? server.url : "http://127.0.0.1:\(unread.port)/"
            let request = OutgoingRequest(url: url, body: [UInt8](repeating: 0x61, count: 20_000_000), timeout: .seconds(4))
            let before = Processor.used()
            #expect(await failure { try await client.send(request) } == .timedOut)
            // Turning in circles takes all there is: a fourth part of four seconds at the least, however busy the machine.
            #expect(Processor.used() - before < .milliseconds(600))
        }
    }
}

private enum Descriptors {
    /// Leaves this process none.
    static func takeAll() -> [Int32] {
        var limit = rlimit()
        getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        limit.rlim_cur = 256
        setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        var taken: [Int32] = []
        while case let next = open("/dev/null", O_RDONLY | O_CLOEXEC), next >= 0 { taken.append(next) }
        return taken
    }
}

private enum Processor {
    /// The time that this process has had of it.
    static func used() -> Duration {
        var time = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
    }
}
