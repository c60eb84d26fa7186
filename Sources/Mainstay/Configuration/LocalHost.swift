import Foundation
import Primitives

/// Hosts that are this machine.
enum LocalHost {
    /// - Parameter host: A name or address, also in the brackets that URLs want.
    static func isLocal(_ host: String) -> Bool {
        let bare = host.trimmingCharacters(in: ["[", "]"])
        if bare == "localhost" || bare.hasSuffix(".localhost") { return true }
        guard let address = IPAddress(bare) else { return false }
        return ["127.0.0.0/8", "::1"].contains { AddressBlock($0)?.contains(address) == true }
    }

    static func isLocal(url: String) -> Bool { URLComponents(string: url)?.host.map { isLocal($0) } ?? false }

    /// Whether a database URL leads to this machine: loopback or a unix socket. False when that cannot be told.
    static func isLocal(databaseURL: String) -> Bool {
        guard let url = URLComponents(string: databaseURL) else { return false }
        let hosts = ["host", "hostaddr"].compactMap { name in url.queryItems?.first { $0.name == name }?.value } + [url.host ?? ""]
        let named = hosts.filter { !$0.isEmpty }
        return !named.isEmpty && named.allSatisfy { isLocal($0) || $0.hasPrefix("/") || $0.hasPrefix("%2F") || $0.hasPrefix("%2f") }
    }
}
