import Primitives

/// One entry of the operator's list of destinations that may be reached although their addresses are not public.
///
/// It is an address (`10.1.2.3`, `fd00::1`), a block of addresses (`10.0.0.0/8`, `fd00::/8`), a host name (`hooks.internal`), or all
/// names below one (`*.internal`, which does not contain `internal` itself). A block is compared with the address that is dialled,
/// also when an IPv6 address carries it; a name is compared with the host in the request's URL, and allows that request whatever
/// address the name resolves to.
public struct AllowedDestination: Hashable, Sendable, CustomStringConvertible {
    enum Rule: Hashable, Sendable {
        case block(AddressBlock)
        case host(String)
        case hostsBelow(String)
    }

    let rule: Rule
    /// The entry as it was written.
    public let description: String

    /// - Throws: ``OutgoingError`` with code `.invalidConfiguration`, which names the entry and what is wrong with it.
    public init(_ text: String) throws(OutgoingError) {
        self.description = text
        if text.contains("/") {
            self.rule = .block(try Self.parseBlock(text))
        } else if let address = IPAddress(text) {
            self.rule = .block(AddressBlock(network: address, prefixLength: address.family.bitWidth))
        } else if text.hasPrefix("*.") {
            self.rule = .hostsBelow("." + (try Self.parseHost(String(text.dropFirst(2)), entry: text)))
        } else {
            self.rule = .host(try Self.parseHost(text, entry: text))
        }
    }

    func allows(_ address: IPAddress) -> Bool {
        guard case .block(let block) = rule else { return false }
        if block.contains(address) { return true }
        return address.embedded.map(block.contains) ?? false
    }

    /// - Parameter host: In lower case, without a final dot.
    func allows(host: String) -> Bool {
        switch rule {
        case .block: false
        case .host(let name): host == name
        case .hostsBelow(let suffix): host.count > suffix.count && host.hasSuffix(suffix)
        }
    }

    private static func parseBlock(_ text: String) throws(OutgoingError) -> AddressBlock {
        guard let block = AddressBlock(text) else {
            throw OutgoingError(
                .invalidConfiguration,
                "\"\(text)\" is not an address block: write one like 10.0.0.0/8 or fd00::/8, with no bit set behind the prefix.")
        }
        return block
    }

    private static func parseHost(_ text: String, entry: String) throws(OutgoingError) -> String {
        let name = HostName.canonical(text)
        guard HostName.isValid(name) else {
            throw OutgoingError(
                .invalidConfiguration,
                "\"\(entry)\" is neither an address, a block of addresses nor a host name: write 10.1.2.3, 10.0.0.0/8, "
                    + "hooks.internal or *.internal.")
        }
        return name
    }
}

package enum HostName {
    /// Lower case and without the final dot, so that two spellings of a name compare equal.
    package static func canonical(_ text: String) -> String {
        let lowered = text.lowercased()
        return lowered.hasSuffix(".") ? String(lowered.dropLast()) : lowered
    }

    /// Whether the canonical `name` is made of DNS labels and cannot be taken for an address.
    package static func isValid(_ name: String) -> Bool {
        guard (1...253).contains(name.utf8.count), !endsInNumber(name) else { return false }
        return name.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { label in
            (1...63).contains(label.utf8.count) && label.first != "-" && label.last != "-" && label.utf8.allSatisfy(isAllowed)
        }
    }

    /// Whether the last label, before a final dot, is a number, decimal or hexadecimal: an IPv4 address in some spelling.
    static func endsInNumber(_ name: String) -> Bool {
        let last = canonical(name).split(separator: ".", omittingEmptySubsequences: false).last ?? ""
        return !last.isEmpty && (last.utf8.allSatisfy(isDigit) || last.hasPrefix("0x"))
    }

    /// Letters, digits, hyphen, dot, and the underscore, which is no part of host names but used in them.
    static func isAllowed(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5a, 0x61...0x7a, 0x2d, 0x2e, 0x5f: true
        default: false
        }
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }
}
