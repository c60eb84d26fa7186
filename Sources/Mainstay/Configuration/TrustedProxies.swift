import HTTPDelivery

/// The proxies whose word about a client's address is taken.
public struct TrustedProxies: Sendable, Hashable {
    private let blocks: [AddressBlock]

    init(_ blocks: [AddressBlock]) { self.blocks = blocks }

    public var isEmpty: Bool { blocks.isEmpty }

    /// - Parameter address: without port; a zone (`fe80::1%eth0`) is not looked at. Anything that is no address is not trusted.
    public func contains(_ address: String) -> Bool {
        guard let address = IPAddress(String(address.prefix { $0 != "%" })) else { return false }
        // A socket that takes both families shows IPv4 peers mapped. Other ways to carry IPv4 in IPv6 are for anybody to choose.
        let peer = address.mappedIPv4 ?? address
        return blocks.contains { $0.contains(peer) }
    }
}
