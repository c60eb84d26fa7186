import Foundation

/// Where deliveries may be asked to go. Whether an address may really be dialled is decided when it is, after DNS.
enum DestinationURL {
    static func isValid(_ text: String) -> Bool {
        guard text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }), let url = URLComponents(string: text),
            let scheme = url.scheme?.lowercased(),
            scheme == "http" || scheme == "https", let host = url.host, !host.isEmpty, url.user == nil, url.password == nil,
            url.fragment == nil
        else { return false }
        return url.port.map { (1...65535).contains($0) } ?? true
    }
}
