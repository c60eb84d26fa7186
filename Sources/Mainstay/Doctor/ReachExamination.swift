import HTTPDelivery
import Primitives

/// Whether settings let in, or out, more than anybody can mean.
struct ReachExamination {
    let sources: SettingSources

    func findings() -> [Finding] { [proxies, corsOrigins, outgoing].compactMap(\.self) }

    private func given<Value>(_ setting: Setting<Value>) -> Value? {
        sources.isSet(setting.declaration.name) ? try? sources.reader.value(of: setting) : nil
    }

    /// We speak plain HTTP, so an https origin means that a proxy is in front.
    private var isBehindTLS: Bool { (try? sources.reader.value(of: Settings.baseURL))?.hasPrefix("https://") == true }

    private var proxies: Finding? {
        let check = "settings.TRUSTED_PROXIES"
        guard let proxies = try? sources.reader.value(of: Settings.trustedProxies) else { return nil }
        let wide = proxies.filter(\.isNearlyEverything)
        if !wide.isEmpty {
            return .warning(
                check, "\(Self.list(wide)): nearly every address counts as a proxy, so that anyone can claim any address",
                remedy: "Name the proxies' own addresses, such as 10.0.1.5 or 10.0.1.0/24.")
        }
        guard sources.mode != .worker, isBehindTLS else { return nil }
        return .expecting(
            !proxies.isEmpty, check, proxies.isEmpty ? "none, though BASE_URL is behind a proxy for TLS" : "set", else: .warning,
            remedy: "Name the proxy's address: until then all clients count as one, the proxy.")
    }

    private var corsOrigins: Finding? {
        guard isBehindTLS, let origins = given(Settings.corsOrigins), !origins.isEmpty else { return nil }
        let isOpen = origins.contains("*")
        return .expecting(
            !isOpen, "settings.CORS_ORIGINS", isOpen ? "*: pages of every site may call /v1 from their visitors' browsers" : "set",
            else: .warning, remedy: "Name the origins that do, such as CORS_ORIGINS=https://app.example.com.")
    }

    private var outgoing: Finding? {
        guard let destinations = given(Settings.outgoingAllow), !destinations.isEmpty else { return nil }
        let dangers = destinations.compactMap(Self.danger)
        return .expecting(
            dangers.isEmpty, "settings.OUTGOING_ALLOW", dangers.isEmpty ? "set" : dangers.joined(separator: "; "), else: .warning,
            remedy: "Customers choose destinations: name nothing but the addresses that are meant, such as 10.1.2.0/24.")
    }

    private static func danger(_ destination: AllowedDestination) -> String? {
        let name = destination.canonical
        let credentials = "where clouds hand out a machine's credentials"
        if destination.block?.isNearlyEverything == true {
            return "\(name) is nearly every address" + (destination.metadataService.map { ", also \($0), \(credentials)" } ?? "")
        }
        if let service = destination.metadataService { return "\(name) \(name == service ? "is" : "covers \(service),") \(credentials)" }
        return destination.opensLinkLocal ? "\(name) is link-local, where clouds keep what is meant for the machine alone" : nil
    }

    private static func list(_ blocks: [AddressBlock]) -> String { blocks.map { "\($0)" }.joined(separator: ", ") }
}

extension AddressBlock {
    /// Whether it is larger than any network that one operator has. What is private in IPv6 is larger than that, and yet nobody else's.
    fileprivate var isNearlyEverything: Bool {
        let isPrivate = network.family == .v6 && prefixLength >= 7 && network.bits >> 121 == 0xfc >> 1
        return prefixLength < (network.family == .v4 ? 8 : 16) && !isPrivate
    }
}
