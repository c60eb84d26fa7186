import Primitives
import Testing

@testable import HTTPDelivery

@Suite("Guard")
struct GuardTests {
    @Test(
        "Public addresses are not restricted",
        arguments: [
            "1.1.1.1", "8.8.8.8", "11.0.0.1", "100.63.255.255", "100.128.0.1", "126.255.255.255", "128.0.0.1", "172.15.255.255",
            "172.32.0.1",
            "169.253.255.255", "192.0.1.1", "192.167.255.255", "198.17.255.255", "198.20.0.1", "223.255.255.255", "2606:4700:4700::1111",
            "2a00:1450::1", "2001:4860:4860::8888", "::ffff:8.8.8.8", "64:ff9b::8.8.8.8", "2002:808:808::1",
        ])
    func publicAddresses(text: String) throws {
        let address = try #require(IPAddress(text))
        #expect(AddressGuard(allowed: []).judge(address, host: "example.com") == .allow)
    }

    @Test("What is neither IPv4 nor IPv6 is refused, allowed host or not")
    func unknownFamily() throws {
        let rules = AddressGuard(allowed: [try AllowedDestination("example.com")])
        #expect(rules.judge(nil, host: "example.com") != .allow)
    }

    @Test(
        "An allowed block opens its addresses, also when IPv6 carries them, and no others",
        arguments: [
            ("10.0.0.0/8", "10.1.2.3", true), ("10.0.0.0/8", "11.0.0.1", true), ("10.0.0.0/8", "192.168.0.1", false),
            ("10.0.0.0/8", "::ffff:10.0.0.1", true), ("10.0.0.0/8", "64:ff9b::10.0.0.1", true), ("10.0.0.0/9", "10.128.0.1", false),
            ("127.0.0.1", "127.0.0.1", true), ("127.0.0.1", "127.0.0.2", false), ("127.0.0.1", "::1", false), ("::1", "::1", true),
            ("fd00::/8", "fd12::1", true), ("fd00::/8", "fc00::1", false), ("0.0.0.0/0", "127.0.0.1", true), ("0.0.0.0/0", "::1", false),
            ("::/0", "fe80::1", true), ("10.20.30.40/32", "10.20.30.41", false),
        ])
    func allowedBlocks(entry: String, address: String, isAllowed: Bool) throws {
        let rules = AddressGuard(allowed: [try AllowedDestination(entry)])
        let parsed = try #require(IPAddress(address))
        #expect((rules.judge(parsed, host: "h.example") == .allow) == isAllowed)
    }

    @Test(
        "An allowed name opens requests to that host alone",
        arguments: [
            ("hooks.internal", "hooks.internal", true), ("Hooks.Internal.", "hooks.internal", true), ("hooks.internal", "internal", false),
            ("hooks.internal", "a.hooks.internal", false), ("*.internal", "a.internal", true), ("*.internal", "a.b.internal", true),
            ("*.internal", "internal", false), ("*.internal", "ainternal", false), ("*.internal", "a.internal.example", false),
        ])
    func allowedHosts(entry: String, host: String, isAllowed: Bool) throws {
        let rules = AddressGuard(allowed: [try AllowedDestination(entry)])
        #expect((rules.judge(IPAddress(v4: 0x0a00_0001), host: host) == .allow) == isAllowed)
    }

    @Test("An allowed name works over the wire, and only by that name")
    func allowedHostOverTheWire() async throws {
        let server = try TestServer()
        let client = try makeClient(allow: ["localhost"])
        #expect(try await client.send(OutgoingRequest(url: "http://LocalHost:\(server.port)/echo")).status == 200)
        #expect(try await client.send(OutgoingRequest(url: "http://localhost:\(server.port)/echo")).status == 200)
        #expect(await failure { try await client.send(OutgoingRequest(url: server.url("/echo"))) } == .blockedAddress)
    }

    @Test(
        "An allowed block works over the wire, to its very edges",
        arguments: [
            ("127.0.0.2/31", ["127.0.0.2", "127.0.0.3"], ["127.0.0.1", "127.0.0.4", "::1"]), ("127.0.0.4", ["127.0.0.4"], ["127.0.0.3"]),
            ("127.0.0.0/8", ["127.0.0.1", "127.255.255.254"], ["::1"]), ("::1/128", ["::1"], ["127.0.0.1"]),
        ])
    func allowedBlockOverTheWire(entry: String, open: [String], closed: [String]) async throws {
        let client = try makeClient(allow: [entry])
        for address in open + closed {
            // Not every machine has IPv6.
            guard let server = address == "::1" ? try? TestServer(on: address) : try TestServer(on: address) else { continue }
            let outcome = await HostileReceiver.Outcome(of: client, OutgoingRequest(url: server.url("/status/200")))
            #expect(outcome == (open.contains(address) ? .response(200, truncated: false) : .failure(.blockedAddress)), "\(address)")
            #expect(server.seen.connections == (open.contains(address) ? 1 : 0))
        }
    }

    @Test(
        "Entries that mean nothing are refused",
        arguments: [
            "", "*", "*.", "/8", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/+8", "10.0.0.1/8", "::/129", "10.0.0/8", "2130706433",
            "1.2.3", "a b", "http://host", "host:80", "[::1]", "a..b", "-a.example", "*.*.example", "a.example/24",
        ])
    func invalidEntries(text: String) async {
        #expect(await failure { try AllowedDestination(text) } == .invalidConfiguration)
    }
}
