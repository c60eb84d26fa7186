import JSON

extension SchemaValue {
    /// Reads parameters, which are all text: numbers and booleans are strict (`-?[0-9]+`, `true`, `false`), an empty text is a value,
    /// and a list is a parameter given several times, or once.
    ///
    /// - Throws: ``SchemaFailure`` `.invalid`; the pointer of an issue is the parameter's name behind a slash.
    public static func parse(
        parameters: some Sequence<(name: String, value: String)>, dialect: Dialect = .problems
    ) throws(SchemaFailure) -> Self {
        var names: [String] = []
        var values: [String: [String]] = [:]
        for (name, value) in parameters {
            if values[name] == nil { names.append(name) }
            values[name, default: []].append(value)
        }
        // The same declarations read both, so parameters are given the form of JSON.
        var writer = JSONWriter()
        writer.write(raw: "{")
        for name in names {
            writer.separate()
            writer.write(string: name)
            writer.write(raw: ":")
            let texts = values[name] ?? []
            if texts.count == 1 { texts[0].write(to: &writer) } else { texts.write(to: &writer) }
        }
        writer.write(raw: "}")
        return try SchemaReader.parse(writer.bytes, dialect: dialect, coerces: true)
    }
}

/// Reads `a=1&b=2` as forms and queries write it: `+` is a space, and `%` begins two hexadecimal digits.
enum FormText {
    /// nil when an escape is malformed or the text is not UTF-8.
    static func pairs(_ text: some StringProtocol) -> [(name: String, value: String)]? {
        var pairs: [(name: String, value: String)] = []
        for part in text.utf8.split(separator: UInt8(ascii: "&")) {
            let name = part.prefix { $0 != UInt8(ascii: "=") }
            guard let decodedName = decode(name), let value = decode(part.dropFirst(name.count + 1)) else { return nil }
            pairs.append((decodedName, value))
        }
        return pairs
    }

    private static func decode(_ text: some Collection<UInt8>) -> String? {
        var bytes: [UInt8] = []
        var rest = text.makeIterator()
        while let byte = rest.next() {
            switch byte {
            case UInt8(ascii: "+"): bytes.append(UInt8(ascii: " "))
            case UInt8(ascii: "%"):
                guard let high = rest.next().flatMap(nibble), let low = rest.next().flatMap(nibble) else { return nil }
                bytes.append(high << 4 | low)
            default: bytes.append(byte)
            }
        }
        return String(validating: bytes, as: UTF8.self)
    }

    private static func nibble(_ byte: UInt8) -> UInt8? {
        switch byte {
        case 48...57: byte - 48
        case 65...70: byte - 55
        case 97...102: byte - 87
        default: nil
        }
    }
}
