public import HTTPTypes
public import Hummingbird
public import Primitives

/// Decides who a request comes from, when proxies stand between.
///
/// `X-Forwarded-For` is a list to which each proxy adds the address it was called from. It is read from its end, and only as far as
/// trusted addresses vouch for the one before them: what a caller wrote there itself counts for nothing.
///
/// `Forwarded` (RFC 7239) is not read: a proxy that writes one of the two passes on what a caller wrote into the other.
public struct TrustedProxies: Sendable {
    private let blocks: [AddressBlock]

    /// - Parameter blocks: addresses whose word about their callers is taken; none means that the socket's peer is the caller.
    public init(_ blocks: [AddressBlock] = []) { self.blocks = blocks }

    /// - Parameter peer: the socket's peer; nil where there is none.
    public func clientAddress(peer: String?, headers: HTTPFields) -> String? {
        guard !blocks.isEmpty, let peer, trusts(peer) else { return peer }
        var client = peer
        for entry in headers[values: .xForwardedFor].flatMap({ $0.split(separator: ",") }).reversed() {
            // What is no address says nothing; the last one vouched for stands.
            guard let address = Self.address(entry) else { return client }
            client = address
            if !trusts(address) { return client }
        }
        return client
    }

    private func trusts(_ text: String) -> Bool {
        guard let address = IPAddress(text)?.unmapped else { return false }
        return blocks.contains { $0.contains(address) }
    }

    /// An entry without the port that some proxies add, in the standard spelling: limits and logs go by the text.
    private static func address(_ entry: Substring) -> String? {
        var text = FieldText.trimmed(entry)
        var port: Substring?
        if text.first == "[", let end = text.firstIndex(of: "]") {
            port = text[text.index(after: end)...]
            text = text[text.index(after: text.startIndex)..<end]
        } else if text.count(where: { $0 == ":" }) == 1, let colon = text.firstIndex(of: ":") {
            port = text[colon...]
            text = text[..<colon]
        }
        guard port.map(isPort) ?? true else { return nil }
        return IPAddress(String(text))?.unmapped.description
    }

    /// Nothing, or a colon and a number.
    private static func isPort(_ text: Substring) -> Bool {
        text.isEmpty
            || text.first == ":" && (2...6).contains(text.utf8.count) && text.utf8.dropFirst().allSatisfy { (48...57).contains($0) }
    }
}

/// A context that knows who its request comes from.
public protocol ClientAddressContext: RequestContext {
    /// At first the socket's peer.
    var clientAddress: String? { get set }
}

/// Replaces the socket's peer by the caller whom trusted proxies name.
public struct ClientAddressFilter<Context: ClientAddressContext>: RequestFilter {
    @usableFromInline let proxies: TrustedProxies

    @inlinable
    public init(_ proxies: TrustedProxies) { self.proxies = proxies }

    @inlinable
    public func began(_ request: Request, _ context: inout Context) -> Response? {
        context.clientAddress = proxies.clientAddress(peer: context.clientAddress, headers: request.headers)
        return nil
    }
}

extension HTTPField.Name {
    static let xForwardedFor = HTTPField.Name("X-Forwarded-For")!  // a literal that is a valid field name
}
