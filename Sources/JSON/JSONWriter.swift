extension JSONValue {
    /// Compact JSON in UTF-8, escaped as `JSON.stringify` escapes: only quotes, backslashes and control characters.
    public func bytes() -> [UInt8] {
        var writer = JSONWriter()
        writer.write(self)
        return writer.bytes
    }

    public func text() -> String { String(decoding: bytes(), as: UTF8.self) }
}

/// Appends JSON to a growing array of bytes. Commas and colons are the caller's.
public struct JSONWriter: Sendable {
    public private(set) var bytes: [UInt8] = []

    public init(capacity: Int = 256) { bytes.reserveCapacity(capacity) }

    public mutating func write(_ value: JSONValue) {
        switch value {
        case .null: write(raw: "null")
        case .bool(let value): write(raw: value ? "true" : "false")
        case .number(let number): bytes.append(contentsOf: number.literal.utf8)
        case .string(let text): write(string: text)
        case .array(let elements):
            bytes.append(UInt8(ascii: "["))
            for (index, element) in elements.enumerated() {
                if index > 0 { bytes.append(UInt8(ascii: ",")) }
                write(element)
            }
            bytes.append(UInt8(ascii: "]"))
        case .object(let object):
            bytes.append(UInt8(ascii: "{"))
            var isFirst = true
            for (key, value) in object {
                if !isFirst { bytes.append(UInt8(ascii: ",")) }
                isFirst = false
                write(string: key)
                bytes.append(UInt8(ascii: ":"))
                write(value)
            }
            bytes.append(UInt8(ascii: "}"))
        }
    }

    public mutating func write(raw text: StaticString) {
        bytes.append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    /// A quoted, escaped string.
    public mutating func write(string text: String) {
        bytes.append(UInt8(ascii: "\""))
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                bytes.append(UInt8(ascii: "\\"))
                bytes.append(byte)
            case 0x20...: bytes.append(byte)
            case 0x08: write(raw: "\\b")
            case 0x09: write(raw: "\\t")
            case 0x0A: write(raw: "\\n")
            case 0x0C: write(raw: "\\f")
            case 0x0D: write(raw: "\\r")
            default:
                write(raw: "\\u00")
                bytes.append(byte >> 4 + 48)
                bytes.append(byte & 15 < 10 ? byte & 15 + 48 : byte & 15 + 87)
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }
}
