import JSON

/// The parameters of a query string or form, decoded.
struct QueryItems: Sendable {
    let pairs: [(name: String, value: String)]

    init(_ text: String?) {
        pairs = (text ?? "").split(separator: "&").map { part in
            let equals = part.firstIndex(of: "=") ?? part.endIndex
            let name = part[..<equals]
            let value = part[equals...].dropFirst()
            return (
                PercentEncoding.decode(name, plusIsSpace: true) ?? String(name),
                PercentEncoding.decode(value, plusIsSpace: true) ?? String(value)
            )
        }
    }

    /// The first value of that name.
    subscript(name: String) -> String? { pairs.first { $0.name == name }?.value }

    /// Every value of that name, in order.
    func all(_ name: String) -> [String] { pairs.filter { $0.name == name }.map(\.value) }

    /// A boolean the way JavaScript coerces it: any text but the empty one is true, `false` included.
    func flag(_ name: String) -> Bool { self[name].map { !$0.isEmpty } ?? false }

    /// The items as an object of texts; the last of two with one name counts.
    var object: JSONObject {
        var object = JSONObject()
        for (name, value) in pairs { object[name] = .string(value) }
        return object
    }
}
