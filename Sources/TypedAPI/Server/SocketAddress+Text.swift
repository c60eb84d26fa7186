public import NIOCore
import Primitives

extension SocketAddress {
    /// What `ipAddress` says; for IPv4 without the detour through C strings, since every request asks for it.
    public var ipText: String? {
        guard case .v4 = self else { return ipAddress }
        let bits = withSockAddr { address, length in
            IPAddress(socketAddress: UnsafeRawPointer(address), family: NIOBSDSocket.AddressFamily.inet.rawValue, length: length)?.bits
        }
        guard let bits else { return nil }
        return String(unsafeUninitializedCapacity: 15) { text in
            var end = 0
            for shift in [24, 16, 8, 0] {
                if end > 0 {
                    text[end] = UInt8(ascii: ".")
                    end += 1
                }
                let octet = UInt8(truncatingIfNeeded: bits >> UInt128(shift))
                for unit: UInt8 in [100, 10, 1] where octet >= unit || unit == 1 {
                    text[end] = 48 + octet / unit % 10
                    end += 1
                }
            }
            return end
        }
    }
}
