package import Primitives

/// What an entry opens, for those who judge whether it is too much.
extension AllowedDestination {
    /// Nil for a name.
    package var block: AddressBlock? {
        guard case .block(let block) = rule else { return nil }
        return block
    }

    /// As it is compared, whatever way it was written.
    package var canonical: String {
        switch rule {
        case .block(let block): "\(block)"
        case .host(let name): name
        case .hostsBelow(let suffix): "*\(suffix)"
        }
    }

    /// A metadata service of a cloud that deliveries could reach because of this entry; nil when it opens none that is known.
    package var metadataService: String? {
        Self.metadataAddresses.first { allows($0) || Self.carriers(of: $0).contains(where: allows) }.map { "\($0)" }
            ?? (allows(host: Self.metadataName) ? Self.metadataName : nil)
    }

    /// Whether it opens an address that counts for one network alone, where clouds keep what is meant for the machine.
    package var opensLinkLocal: Bool {
        guard let block else { return false }
        return Self.linkLocal.contains { $0.overlaps(block) }
    }

    private static let linkLocal = [
        AddressBlock(network: IPAddress(v4: 0xa9fe_0000), prefixLength: 16),
        AddressBlock(network: IPAddress(v6: 0xfe80 << 112), prefixLength: 10),
    ]

    private static let metadataAddresses = [
        IPAddress(v4: 0xa9fe_a9fe),  // 169.254.169.254: nearly all of them
        IPAddress(v4: 0xa83f_8110),  // 168.63.129.16: Azure
        IPAddress(v4: 0x6464_64c8),  // 100.100.100.200: Alibaba
        IPAddress(v4: 0xc000_00c0),  // 192.0.0.192: Oracle
        IPAddress(v6: 0xfd00_0ec2_0000_0000_0000_0000_0000_0254),  // AWS
    ]

    private static let metadataName = "metadata.google.internal"

    /// The IPv6 addresses that lead to an IPv4 one: mapped, NAT64 and 6to4.
    private static func carriers(of address: IPAddress) -> [IPAddress] {
        guard address.family == .v4 else { return [] }
        return [0xffff << 32 | address.bits, 0x0064_ff9b << 96 | address.bits, 0x2002 << 112 | address.bits << 80].map { IPAddress(v6: $0) }
    }
}
