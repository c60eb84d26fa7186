#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// An IPv4 or IPv6 address, without port or zone.
public struct IPAddress: Hashable, Sendable {
    public enum Family: Hashable, Sendable {
        case v4, v6

        public var bitWidth: Int { self == .v4 ? 32 : 128 }
    }

    public let family: Family
    /// The address as a number; an IPv4 address fills the lower 32 bits.
    public let bits: UInt128

    public init(v4 bits: UInt32) {
        self.family = .v4
        self.bits = UInt128(bits)
    }

    public init(v6 bits: UInt128) {
        self.family = .v6
        self.bits = bits
    }

    /// Reads `1.2.3.4` or `2001:db8::1`, in the standard spellings alone: shortened, octal and hexadecimal IPv4 forms are refused.
    public init?(_ text: String) {
        var v4 = in_addr()
        var v6 = in6_addr()
        if inet_pton(AF_INET, text, &v4) == 1 {
            self.init(v4: UInt32(bigEndian: v4.s_addr))
        } else if inet_pton(AF_INET6, text, &v6) == 1 {
            self.init(v6: Self.number(v6))
        } else {
            return nil
        }
    }

    /// Reads the address that a socket is about to be connected to; `nil` when it is neither IPv4 nor IPv6.
    public init?(socketAddress: UnsafeRawPointer, family: Int32, length: Int) {
        switch family {
        case AF_INET where length >= MemoryLayout<sockaddr_in>.size:
            self.init(v4: UInt32(bigEndian: socketAddress.loadUnaligned(as: sockaddr_in.self).sin_addr.s_addr))
        case AF_INET6 where length >= MemoryLayout<sockaddr_in6>.size:
            self.init(v6: Self.number(socketAddress.loadUnaligned(as: sockaddr_in6.self).sin6_addr))
        default:
            return nil
        }
    }

    /// The IPv4 address itself, where a socket of both families shows one as `::ffff:1.2.3.4`; any other address as it is.
    public var unmapped: IPAddress {
        family == .v6 && bits >> 32 == 0xffff ? IPAddress(v4: UInt32(truncatingIfNeeded: bits)) : self
    }

    private static func number(_ address: in6_addr) -> UInt128 {
        withUnsafeBytes(of: address) { $0.reduce(0) { $0 << 8 | UInt128($1) } }
    }
}

extension IPAddress: CustomStringConvertible {
    /// In the shortest standard spelling: `10.0.0.1`, `fd00::1`.
    public var description: String {
        switch family {
        case .v4: return (0..<4).map { String(bits >> (24 - 8 * $0) & 0xFF) }.joined(separator: ".")
        case .v6:
            var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
            let isWritten = withUnsafeBytes(of: bits.bigEndian) { inet_ntop(AF_INET6, $0.baseAddress, &text, socklen_t(text.count)) != nil }
            return isWritten ? String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self) : ""
        }
    }
}

/// All addresses that share their first `prefixLength` bits with `network`: what CIDR notation says.
public struct AddressBlock: Hashable, Sendable {
    public let network: IPAddress
    public let prefixLength: Int

    public init(network: IPAddress, prefixLength: Int) {
        self.network = network
        self.prefixLength = prefixLength
    }

    /// Reads `10.0.0.0/8`, or one address alone; nil when it is neither, or has bits set after the prefix (`10.0.0.1/8`).
    public init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard let first = parts.first, let network = IPAddress(String(first)), parts.count <= 2 else { return nil }
        guard parts.count == 2 else {
            self.init(network: network, prefixLength: network.family.bitWidth)
            return
        }
        guard !parts[1].isEmpty, parts[1].utf8.allSatisfy({ (0x30...0x39).contains($0) }), let length = Int(parts[1]),
            length <= network.family.bitWidth
        else { return nil }
        self.init(network: network, prefixLength: length)
        guard isCanonical else { return nil }
    }

    public func contains(_ address: IPAddress) -> Bool {
        guard address.family == network.family else { return false }
        // Shifting by the whole width is defined for Swift's smart shifts: a prefix of 0 contains everything.
        let hostBits = network.family.bitWidth - prefixLength
        return address.bits >> hostBits == network.bits >> hostBits
    }

    /// Whether some address is in both.
    public func overlaps(_ other: AddressBlock) -> Bool { contains(other.network) || other.contains(network) }

    /// Whether no bit after the prefix is set, as in `10.0.0.0/8` and unlike `10.0.0.1/8`.
    public var isCanonical: Bool {
        let hostBits = network.family.bitWidth - prefixLength
        return (network.bits >> hostBits) << hostBits == network.bits
    }
}

extension AddressBlock: CustomStringConvertible {
    /// `10.0.0.0/8`; of one address, that address.
    public var description: String { prefixLength == network.family.bitWidth ? "\(network)" : "\(network)/\(prefixLength)" }
}
