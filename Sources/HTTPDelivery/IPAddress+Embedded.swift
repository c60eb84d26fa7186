import Primitives

extension IPAddress {
    /// The IPv4 address that an IPv6 address stands for: IPv4-mapped (`::ffff:0:0/96`), NAT64 (`64:ff9b::/96`) or 6to4 (`2002::/16`).
    var embedded: IPAddress? {
        guard family == .v6 else { return nil }
        switch bits >> 32 {
        case 0xffff, 0x0064_ff9b_0000_0000_0000_0000: return IPAddress(v4: UInt32(truncatingIfNeeded: bits))
        default: break
        }
        return bits >> 112 == 0x2002 ? IPAddress(v4: UInt32(truncatingIfNeeded: bits >> 80)) : nil
    }
}
