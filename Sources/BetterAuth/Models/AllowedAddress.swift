public import Primitives
public import TypedAPI

/// An address that an API key may be used from, or a block of them: `203.0.113.7`, `10.0.0.0/8`, `2001:db8::/32`.
public struct AllowedAddress: Hashable, Sendable {
    /// As it was written.
    public let text: String
    private let block: AddressBlock

    /// nil for anything else, also for a block with bits set behind its prefix, such as `10.0.0.1/8`.
    public init?(_ text: String) {
        guard let block = AddressBlock(text) else { return nil }
        self.text = text
        self.block = block.unmapped
    }

    public func contains(_ address: IPAddress) -> Bool { block.contains(address.unmapped) }
}

extension AllowedAddress: SchemaText {
    public init?(schemaText text: String) { self.init(text) }
    public var schemaText: String { text }
    public static var schemaForm: TextForm { TextForm("an IP address or a block of them, such as 203.0.113.7 or 2001:db8::/32") }
}

extension AddressBlock {
    /// The IPv4 block itself, where it is written as `::ffff:10.0.0.0/104`.
    fileprivate var unmapped: AddressBlock {
        guard network.family == .v6, prefixLength >= 96, network.unmapped.family == .v4 else { return self }
        return AddressBlock(network: network.unmapped, prefixLength: prefixLength - 96)
    }
}
