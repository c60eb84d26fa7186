import JSON
import Primitives
import TypedAPI

/// Which part of a list is asked for: rows after a key, newest first, never an offset.
struct PageRequest: Sendable {
    let limit: Int
    /// The last row of the page before; nil for the first page.
    let after: UUIDv7?

    /// Reads `limit` (1 to 100, default 20) and `cursor` from a query string, refusing any other parameter.
    init(parameters: some Sequence<(key: Substring, value: Substring)>) throws {
        var errors: [FieldError] = []
        var limit = 20
        var after: UUIDv7?
        for (key, value) in parameters {
            switch key {
            case "limit":
                if let number = Int(value), (1...100).contains(number) {
                    limit = number
                } else {
                    errors.append(FieldError(.parameter("limit"), code: "range", message: "Must be a whole number from 1 to 100."))
                }
            case "cursor":
                guard let bytes = Base64URL.decode(String(value)), bytes.count == 16 else { throw Problem(.invalidCursor) }
                after = UUIDv7(
                    high: bytes[..<8].reduce(0) { $0 << 8 | UInt64($1) }, low: bytes[8...].reduce(0) { $0 << 8 | UInt64($1) })
            default:
                errors.append(
                    FieldError(.parameter(String(key.prefix(64))), code: "unknown", message: "Is not a parameter of this request."))
            }
        }
        guard errors.isEmpty else { throw Problem(.validationFailed, errors: errors) }
        self.limit = limit
        self.after = after
    }
}

/// One page of a list.
struct Page<Element: Sendable>: Sendable {
    let elements: [Element]
    let nextCursor: String?

    /// - Parameter rows: up to one row more than `limit`, which tells whether there is another page.
    init(rows: [Element], limit: Int, key: (Element) -> UUIDv7) {
        elements = Array(rows.prefix(limit))
        nextCursor = rows.count > limit ? elements.last.map { Self.cursor(for: key($0)) } : nil
    }

    func json(_ element: (Element) -> JSONValue) -> JSONValue {
        [
            "data": .array(elements.map(element)),
            "pagination": ["nextCursor": .string(orNull: nextCursor), "hasMore": .bool(nextCursor != nil)],
        ]
    }

    private static func cursor(for key: UUIDv7) -> String {
        Base64URL.encode(withUnsafeBytes(of: (key.high.bigEndian, key.low.bigEndian)) { Array($0) })
    }
}
