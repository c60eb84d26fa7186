import Testing

@testable import HTTPDelivery

@Suite("What an allowed destination opens") struct AllowedDestinationReachTests {
    @Test(
        "Metadata services are recognized, by address, by block, in IPv6's clothes and by name",
        arguments: [
            ("169.254.169.254", "169.254.169.254"), ("169.254.0.0/16", "169.254.169.254"), ("128.0.0.0/1", "169.254.169.254"),
            ("::ffff:0:0/96", "169.254.169.254"), ("64:ff9b::/96", "169.254.169.254"), ("2002::/16", "169.254.169.254"),
            ("168.63.129.16", "168.63.129.16"), ("100.64.0.0/10", "100.100.100.200"), ("192.0.0.0/24", "192.0.0.192"),
            ("fd00::/8", "fd00:ec2::254"), ("*.internal", "metadata.google.internal"),
            ("Metadata.Google.Internal.", "metadata.google.internal"),
            ("10.0.0.0/8", nil), ("192.168.0.0/16", nil), ("127.0.0.0/8", nil), ("fd12::/16", nil), ("hooks.internal", nil),
        ] as [(String, String?)])
    func metadata(entry: String, service: String?) throws {
        #expect(try AllowedDestination(entry).metadataService == service)
    }

    @Test(
        "Link-local blocks are recognized, larger and smaller ones",
        arguments: [
            ("169.254.170.2", true), ("169.254.0.0/16", true), ("160.0.0.0/4", true), ("fe80::/64", true), ("::/0", true),
            ("10.0.0.0/8", false),
            ("fd00::/8", false), ("link.local", false),
        ])
    func linkLocal(entry: String, isLinkLocal: Bool) throws {
        #expect(try AllowedDestination(entry).opensLinkLocal == isLinkLocal)
    }

    @Test(
        "An entry is written as it is compared",
        arguments: [
            ("10.0.0.1/32", "10.0.0.1"), ("FD00:0::/8", "fd00::/8"), ("Hooks.Internal.", "hooks.internal"), ("*.Internal", "*.internal"),
        ])
    func canonical(entry: String, text: String) throws {
        #expect(try AllowedDestination(entry).canonical == text)
        #expect(try AllowedDestination(text).canonical == text)
    }
}
