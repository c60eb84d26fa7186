import Primitives

/// Decides whether a socket may be opened; asked once for each address that is about to be dialled, after DNS resolution.
struct AddressGuard: Sendable {
    let allowed: [AllowedDestination]

    enum Verdict: Hashable, Sendable {
        case allow
        /// With the kind of address, such as "loopback".
        case refuse(String)
    }

    /// - Parameters:
    ///   - address: What the socket would connect to; `nil` for anything that is not IPv4 or IPv6.
    ///   - host: The host of the request's URL, canonical.
    func judge(_ address: IPAddress?, host: String) -> Verdict {
        guard let address else { return .refuse("of an unknown family") }
        guard let reason = AddressRules.restriction(of: address) else { return .allow }
        return allowed.contains { $0.allows(address) || $0.allows(host: host) } ? .allow : .refuse(reason)
    }
}
