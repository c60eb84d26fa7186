import Testing

@testable import HTTPDelivery

/// A URL that somebody chose to make this process connect to where it should not, or say what it should not.
struct HostileDestination: Sendable, CustomTestStringConvertible {
    let attack: String
    /// `PORT` stands for the port of a server on 127.0.0.1 that must not hear anything.
    let url: String
    let expected: OutgoingError.Code
    /// Whether the URL does reach that server when everything is allowed: the row is then shown to be an attack.
    let reachesLoopback: Bool

    init(_ attack: String, _ url: String, _ expected: OutgoingError.Code = .blockedAddress, reachesLoopback: Bool = false) {
        self.attack = attack
        self.url = url
        self.expected = expected
        self.reachesLoopback = reachesLoopback
    }

    var testDescription: String { "\(attack): \(url.debugDescription)" }

    static let all = loopback + special + metadata + names + users + schemes + ports + bytes + confusions

    /// 127.0.0.1 in the spellings that some parser, C library or proxy understands.
    static let loopback: [HostileDestination] = [
        ("dotted", "127.0.0.1"), ("two parts", "127.1"), ("three parts", "127.0.1"), ("decimal", "2130706433"),
        ("hexadecimal", "0x7f000001"), ("hexadecimal, upper case", "0X7F000001"), ("hexadecimal parts", "0x7f.0x0.0x0.0x1"),
        ("hexadecimal, two parts", "0x7f.1"), ("octal parts", "0177.0.0.1"), ("octal", "017700000001"),
        ("octal, padded", "00000177.00.00.01"), ("octal and hexadecimal mixed", "0177.0x0.1"), ("decimal and hexadecimal mixed", "127.0x1"),
        ("percent-encoded digits", "%31%32%37.0.0.1"), ("percent-encoded dots", "127%2E0%2e0%2E1"),
        ("unspecified, which Linux takes for loopback", "0.0.0.0"), ("unspecified, one digit", "0"), ("unspecified, hexadecimal", "0x0"),
        ("IPv4-mapped", "[::ffff:127.0.0.1]"), ("IPv4-mapped, hexadecimal", "[::ffff:7f00:1]"),
        ("IPv4-mapped, in full", "[0:0:0:0:0:FFFF:7F00:0001]"), ("name", "localhost"), ("name in upper case", "LOCALHOST"),
        ("name with final dot", "localhost."), ("name below it", "anything.localhost"), ("name, percent-encoded", "%6c%6Fcalhost"),
        ("name of a server's resolver", "loopback.hostile.test"), ("name in upper case with final dot", "LOOPBACK.Hostile.Test."),
        ("name whose address is IPv4-mapped", "mapped.hostile.test"), ("name that looks like an address", "127.0.0.1.hostile.test"),
    ].map { HostileDestination("loopback, \($0.0)", "http://\($0.1):PORT/", reachesLoopback: true) }

    /// One or more from each block that is not for the public.
    static let special: [HostileDestination] = [
        ("loopback, the last", "127.255.255.254"), ("this network", "0.1.2.3"), ("private, 10/8", "10.0.0.1"),
        ("private, 10/8 as one number", "167772161"), ("private, 172.16/12", "172.16.0.1"), ("private, 172.16/12's end", "172.31.255.255"),
        ("private, 192.168/16", "192.168.1.1"), ("private, 192.168/16 in octal", "0300.0250.1.1"), ("carriers' 100.64/10", "100.64.0.1"),
        ("carriers' 100.64/10's end", "100.127.255.255"), ("link-local", "169.254.1.1"), ("protocols' 192.0.0/24", "192.0.0.8"),
        ("documentation 1", "192.0.2.1"), ("documentation 2", "198.51.100.1"), ("documentation 3", "203.0.113.1"),
        ("6to4 relay", "192.88.99.1"), ("benchmarks", "198.18.0.1"), ("benchmarks' end", "198.19.255.255"), ("multicast", "224.0.0.1"),
        ("multicast, SSDP", "239.255.255.250"), ("reserved", "240.0.0.1"), ("broadcast", "255.255.255.255"),
        ("IPv6 unspecified", "[::]"), ("IPv6 loopback", "[::1]"), ("IPv6 loopback in full", "[0:0:0:0:0:0:0:1]"),
        ("IPv6 loopback with zone", "[::1%25lo]"), ("IPv6 link-local", "[fe80::1]"), ("IPv6 link-local with zone", "[fe80::1%25lo]"),
        ("IPv6 link-local with bare zone", "[fe80::1%lo]"), ("IPv6 site-local", "[fec0::1]"), ("IPv6 unique local", "[fd12:3456::1]"),
        ("IPv6 unique local, fc", "[fc00::1]"), ("IPv6 multicast", "[ff02::1]"), ("IPv4-mapped private", "[::ffff:10.0.0.1]"),
        ("IPv4-compatible", "[::127.0.0.1]"), ("IPv4-compatible private", "[::a00:1]"), ("IPv4-translated", "[::ffff:0:127.0.0.1]"),
        ("NAT64 to loopback", "[64:ff9b::127.0.0.1]"), ("NAT64 to private", "[64:ff9b::a00:1]"), ("local NAT64", "[64:ff9b:1::a00:1]"),
        ("6to4 of loopback", "[2002:7f00:1::1]"), ("6to4 of private", "[2002:c0a8:101::1]"), ("Teredo", "[2001::1]"),
        ("Teredo of loopback", "[2001:0:4136:e378:8000:63bf:80ff:fffe]"), ("IPv6 benchmarks", "[2001:2::1]"),
        ("ORCHID", "[2001:20::1]"), ("IPv6 documentation", "[2001:db8::1]"), ("IPv6 documentation, new", "[3fff::1]"),
        ("IPv6 discard", "[100::1]"), ("IPv6 segment routing", "[5f00::1]"), ("IPv6 never given out", "[4000::1]"),
    ].map { HostileDestination($0.0, "http://\($0.1):PORT/") }

    static let metadata: [HostileDestination] = [
        ("AWS, Google, Azure", "169.254.169.254"), ("decimal", "2852039166"), ("hexadecimal", "0xa9fea9fe"), ("short", "169.254.43518"),
        ("IPv4-mapped", "[::ffff:169.254.169.254]"), ("NAT64", "[64:ff9b::a9fe:a9fe]"), ("6to4", "[2002:a9fe:a9fe::1]"),
        ("AWS, IPv6", "[fd00:ec2::254]"), ("AWS, tasks", "169.254.170.2"), ("Azure's host", "168.63.129.16"),
        ("Alibaba", "100.100.100.200"),
        ("Oracle", "192.0.0.192"), ("Google's name", "metadata.google.internal"), ("Google's name, odd", "METADATA.Google.Internal."),
    ].map { HostileDestination("metadata, \($0.0)", "http://\($0.1):PORT/latest/meta-data/") }

    /// Names of an attacker's own zone: `define()` says where they point.
    static let names: [HostileDestination] = [
        ("private", "private.hostile.test"), ("IPv6 loopback", "v6.hostile.test"), ("unique local", "ula.hostile.test"),
        ("NAT64", "nat64.hostile.test"), ("metadata", "metadata.hostile.test"), ("several, all private", "many.hostile.test"),
        ("percent-encoded", "priv%61te.hostile.test"), ("over TLS", "private.hostile.test"),
    ].map { HostileDestination("name of \($0.0)", "\($0.0 == "over TLS" ? "https" : "http")://\($0.1):PORT/") }

    /// Tells the resolver of this process.
    static func define() {
        for name in ["loopback.hostile.test", "loopback.hostile.test.", "localhost."] { _ = ScriptedName(name, addresses: "127.0.0.1") }
        _ = ScriptedName("mapped.hostile.test", addresses: "::ffff:127.0.0.1")
        _ = ScriptedName("127.0.0.1.hostile.test", addresses: "127.0.0.1")
        _ = ScriptedName("private.hostile.test", addresses: "10.0.0.1")
        _ = ScriptedName("v6.hostile.test", addresses: "::1")
        _ = ScriptedName("ula.hostile.test", addresses: "fd12:3456::1")
        _ = ScriptedName("nat64.hostile.test", addresses: "64:ff9b::10.0.0.1")
        _ = ScriptedName("metadata.hostile.test", addresses: "169.254.169.254")
        _ = ScriptedName("many.hostile.test", addresses: "10.0.0.1", "fd12:3456::1", "127.0.0.1", "::1", "192.168.0.1")
        for name in ["metadata.google.internal", "metadata.google.internal."] { _ = ScriptedName(name, addresses: "169.254.169.254") }
    }
}
