import HTTPDelivery

/// Where deliveries may be asked to go. Whether an address may really be dialled is decided when it is, after DNS.
enum DestinationURL {
    /// Scheme, host (a name, or an address of either family), port from 1 to 65535, and a path and query of visible ASCII.
    static let pattern = "^[hH][tT][tT][pP][sS]?://(\(name)|\\[\(address)\\])(:\(port))?([/?][!-\"$-~]*)?$"

    /// The last word, said by the parser that dials: of what has the pattern, some hosts that look like addresses are left.
    static func canBeDialed(_ url: String) -> Bool { OutgoingHTTP.problem(ofURL: url) == nil }

    private static let name = "[A-Za-z0-9_]([A-Za-z0-9_-]{0,62})(\\.[A-Za-z0-9_]([A-Za-z0-9_-]{0,62})){0,8}\\.?"
    private static let address = "[0-9A-Fa-f]{0,4}(:[0-9A-Fa-f]{0,4}){2,7}"
    private static let port = "([1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5])"
}
