#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// An IPv4 or IPv6 address, without port or zone.
package struct IPAddress: Hashable, Sendable {
    enum Family: Hashable, Sendable {
        case v4, v6

        var bitWidth: Int { self == .v4 ? 32 : 128 }
    }

    let family: Family
    /// The address as a number; an IPv4 address fills the lower 32 bits.
    let bits: UInt128

    init(v4 bits: UInt32) {
        self.family = .v4
        self.bits = UInt128(bits)
    }

    init(v6 bits: UInt128) {
        self.family = .v6
        self.bits = bits
    }

    /// Reads `1.2.3.4` or `2001:db8::1`, in the standard spellings alone: shortened, octal and hexadecimal IPv4 forms are refused.
    package init?(_ text: String) {
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
    init?(socketAddress: UnsafeRawPointer, family: Int32, length: Int) {
        switch family {
        case AF_INET where length >= MemoryLayout<sockaddr_in>.size:
            self.init(v4: UInt32(bigEndian: socketAddress.loadUnaligned(as: sockaddr_in.self).sin_addr.s_addr))
        case AF_INET6 where length >= MemoryLayout<sockaddr_in6>.size:
            self.init(v6: Self.number(socketAddress.loadUnaligned(as: sockaddr_in6.self).sin6_addr))
        default:
            return nil
        }
    }

    /// The IPv4 address that an IPv6 address stands for: IPv4-mapped (`::ffff:0:0/96`), NAT64 (`64:ff9b::/96`) or 6to4 (`2002::/16`).
    var embedded: IPAddress? {
        guard family == .v6 else { return nil }
        switch bits >> 32 {
        case 0xffff, 0x0064_ff9b_0000_0000_0000_0000: return IPAddress(v4: UInt32(truncatingIfNeeded: bits))
        default: break
        }
        return bits >> 112 == 0x2002 ? IPAddress(v4: UInt32(truncatingIfNeeded: bits >> 80)) : nil
    }

    /// The IPv4 address inside an IPv4-mapped one (`::ffff:1.2.3.4`), the form in which a socket for both families shows its peer.
    package var mappedIPv4: IPAddress? {
        family == .v6 && bits >> 32 == 0xffff ? IPAddress(v4: UInt32(truncatingIfNeeded: bits)) : nil
    }

    private static func number(_ address: in6_addr) -> UInt128 {
        withUnsafeBytes(of: address) { $0.reduce(0) { $0 << 8 | UInt128($1) } }
    }
}

/// All addresses that share their first `prefixLength` bits with `network`: what CIDR notation says.
package struct AddressBlock: Hashable, Sendable {
    let network: IPAddress
    let prefixLength: Int

    init(network: IPAddress, prefixLength: Int) {
        self.network = network
        self.prefixLength = prefixLength
    }

    /// Reads `10.0.0.0/8`, or a single address; nil for anything else, and for bits set behind the prefix.
    package init?(_ text: String) {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let network = IPAddress(String(parts[0])) else { return nil }
        var prefixLength = network.family.bitWidth
        if parts.count == 2 {
            guard parts[1].utf8.allSatisfy({ (0x30...0x39).contains($0) }), let length = Int(parts[1]), length <= prefixLength else {
                return nil
            }
            prefixLength = length
        }
        self.init(network: network, prefixLength: prefixLength)
        guard isCanonical else { return nil }
    }

    package func contains(_ address: IPAddress) -> Bool {
        guard address.family == network.family else { return false }
        // Shifting by the whole width is defined for Swift's smart shifts: a prefix of 0 contains everything.
        let hostBits = network.family.bitWidth - prefixLength
        return address.bits >> hostBits == network.bits >> hostBits
    }

    /// Whether no bit after the prefix is set, as in `10.0.0.0/8` and unlike `10.0.0.1/8`.
    var isCanonical: Bool {
        let hostBits = network.family.bitWidth - prefixLength
        return (network.bits >> hostBits) << hostBits == network.bits
    }
}
