import Primitives

/// Which addresses nobody outside should make this process connect to.
///
/// IPv4 lists what is refused, after IANA's special-purpose registry (RFC 6890 and successors). IPv6 starts from the other end: only
/// 2000::/3 has been given out for public use, so everything beside it is refused, and the special blocks inside it too.
enum AddressRules {
    /// Why `address` is not public, or `nil` when it is. An IPv6 address that carries an IPv4 address is judged by the latter.
    static func restriction(of address: IPAddress) -> String? {
        if let embedded = address.embedded { return restriction(of: embedded) }
        switch address.family {
        case .v4: return restrictedV4.first { $0.block.contains(address) }?.reason
        case .v6:
            if let rule = restrictedV6.first(where: { $0.block.contains(address) }) { return rule.reason }
            return globalUnicastV6.contains(address) ? nil : "reserved"
        }
    }

    private struct Rule: Sendable {
        let block: AddressBlock
        let reason: String

        init(_ a: UInt32, _ b: UInt32, _ c: UInt32, _ d: UInt32, prefix: Int, _ reason: String) {
            self.block = AddressBlock(network: IPAddress(v4: a << 24 | b << 16 | c << 8 | d), prefixLength: prefix)
            self.reason = reason
        }

        /// `leading` is the first 32 bits of the address; the rest is zero.
        init(v6 leading: UInt128, prefix: Int, _ reason: String) {
            self.block = AddressBlock(network: IPAddress(v6: leading << 96), prefixLength: prefix)
            self.reason = reason
        }

        init(v6Address bits: UInt128, _ reason: String) {
            self.block = AddressBlock(network: IPAddress(v6: bits), prefixLength: 128)
            self.reason = reason
        }
    }

    private static let restrictedV4: [Rule] = [
        Rule(0, 0, 0, 0, prefix: 8, "unspecified"),
        Rule(10, 0, 0, 0, prefix: 8, "private"),
        Rule(100, 64, 0, 0, prefix: 10, "shared by carriers"),  // RFC 6598; Alibaba's metadata service lives here as well
        Rule(127, 0, 0, 0, prefix: 8, "loopback"),
        Rule(169, 254, 169, 254, prefix: 32, "a metadata service"),
        Rule(169, 254, 0, 0, prefix: 16, "link-local"),
        Rule(168, 63, 129, 16, prefix: 32, "a metadata service"),  // Azure's: in public space, yet answered by the host
        Rule(172, 16, 0, 0, prefix: 12, "private"),
        Rule(192, 0, 0, 0, prefix: 24, "reserved"),  // Oracle's metadata service is 192.0.0.192
        Rule(192, 0, 2, 0, prefix: 24, "for documentation"),
        Rule(192, 88, 99, 0, prefix: 24, "reserved"),  // 6to4 relays, withdrawn
        Rule(192, 168, 0, 0, prefix: 16, "private"),
        Rule(198, 18, 0, 0, prefix: 15, "for benchmarks"),
        Rule(198, 51, 100, 0, prefix: 24, "for documentation"),
        Rule(203, 0, 113, 0, prefix: 24, "for documentation"),
        Rule(224, 0, 0, 0, prefix: 4, "multicast"),
        Rule(240, 0, 0, 0, prefix: 4, "reserved"),  // with the broadcast address
    ]

    private static let globalUnicastV6 = AddressBlock(network: IPAddress(v6: 0x2000 << 112), prefixLength: 3)

    private static let restrictedV6: [Rule] = [
        Rule(v6Address: 0, "unspecified"),
        Rule(v6Address: 1, "loopback"),
        Rule(v6Address: 0xfd00_0ec2_0000_0000_0000_0000_0000_0254, "a metadata service"),
        Rule(v6: 0xfc00_0000, prefix: 7, "private"),
        Rule(v6: 0xfe80_0000, prefix: 10, "link-local"),
        Rule(v6: 0xff00_0000, prefix: 8, "multicast"),
        Rule(v6: 0x2001_0000, prefix: 23, "reserved"),  // Teredo, benchmarks, ORCHID and other protocols' addresses
        Rule(v6: 0x2001_0db8, prefix: 32, "for documentation"),
        Rule(v6: 0x3fff_0000, prefix: 20, "for documentation"),
    ]
}
