import Synchronization

/// The cookies of one origin, as a browser would keep them for the length of a visit.
final class CookieJar: Sendable {
    private let values = Mutex<[String: String]>([:])

    /// The `Cookie` header to send; nil when there is nothing to send.
    var header: String? {
        values.withLock { values in
            values.isEmpty ? nil : values.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: "; ")
        }
    }

    /// Takes one `Set-Cookie` header. An empty value or `Max-Age=0` removes the cookie; other attributes do not matter to one origin.
    func take(_ setCookie: String) {
        let parts = setCookie.split(separator: ";").map { $0.trimming(" ") }
        guard let pair = parts.first, let equals = pair.firstIndex(of: "=") else { return }
        let name = String(pair[..<equals])
        let value = String(pair[pair.index(after: equals)...])
        let isRemoved = value.isEmpty || parts.dropFirst().contains { $0.lowercased() == "max-age=0" }
        values.withLock { $0[name] = isRemoved ? nil : value }
    }
}

extension Substring {
    fileprivate func trimming(_ character: Character) -> Substring {
        var text = self
        while text.first == character { text.removeFirst() }
        while text.last == character { text.removeLast() }
        return text
    }
}
