/// What values of header fields are made of: RFC 9110, section 5.6.
enum FieldText {
    private static let quote = UInt8(ascii: "\"")
    private static let backslash = UInt8(ascii: "\\")

    /// The parts between separators that are outside of quotes, without the white space around them; empty ones are left out.
    ///
    /// - Parameter escapes: whether `\"` stands for a quote inside quotes, as in a quoted string; an entity tag knows no escapes.
    /// - Returns: nil when a quotation does not end.
    static func split(_ text: Substring, at separator: UInt8, escapes: Bool = true) -> [Substring]? {
        var parts: [Substring] = []
        var start = text.startIndex
        var index = start
        var isQuoted = false
        let bytes = text.utf8
        func add(upTo end: Substring.Index) {
            let part = trimmed(text[start..<end])
            if !part.isEmpty { parts.append(part) }
        }
        while index < bytes.endIndex {
            let byte = bytes[index]
            let next = bytes.index(after: index)
            if byte == quote {
                isQuoted.toggle()
            } else if isQuoted, escapes, byte == backslash {
                guard next < bytes.endIndex else { return nil }
                index = next
            } else if !isQuoted, byte == separator {
                add(upTo: index)
                start = next
            }
            index = bytes.index(after: index)
        }
        guard !isQuoted else { return nil }
        add(upTo: bytes.endIndex)
        return parts
    }

    /// Without spaces and tabs at both ends.
    static func trimmed(_ text: Substring) -> Substring {
        var text = text
        while let first = text.utf8.first, first == 0x20 || first == 0x09 { text = Substring(text.utf8.dropFirst()) }
        while let last = text.utf8.last, last == 0x20 || last == 0x09 { text = Substring(text.utf8.dropLast()) }
        return text
    }

    static func isToken(_ text: Substring) -> Bool { !text.isEmpty && text.utf8.allSatisfy(isTokenByte) }

    static func isTokenByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"): true
        default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
        }
    }

    /// A parameter `name=value`, its name in lower case, its value a token or what a quoted string stands for; nil when it is neither.
    static func parameter(_ text: Substring) -> (name: String, value: String)? {
        guard let equals = text.utf8.firstIndex(of: UInt8(ascii: "=")) else { return nil }
        let name = text[..<equals]
        let value = text[text.utf8.index(after: equals)...]
        guard isToken(name) else { return nil }
        if isToken(value) { return (name.lowercased(), String(value)) }
        return unquoted(value).map { (name.lowercased(), $0) }
    }

    /// What a quoted string stands for; nil when it is none.
    private static func unquoted(_ text: Substring) -> String? {
        let bytes = Array(text.utf8)
        guard bytes.count >= 2, bytes.first == quote, bytes.last == quote else { return nil }
        var value: [UInt8] = []
        var index = 1
        while index < bytes.count - 1 {
            if bytes[index] == quote { return nil }
            if bytes[index] == backslash {
                index += 1
                guard index < bytes.count - 1 else { return nil }
            }
            value.append(bytes[index])
            index += 1
        }
        return String(validating: value, as: UTF8.self)
    }

    /// A weight from 0 to 1 with at most three decimals (RFC 9110, section 12.4.2), in thousandths; nil when it is none.
    static func weight(_ text: some StringProtocol) -> Int? {
        let digits = Array(text.utf8)
        guard let first = digits.first, first == UInt8(ascii: "0") || first == UInt8(ascii: "1"), digits.count <= 5 else { return nil }
        guard digits.count == 1 || digits[1] == UInt8(ascii: ".") else { return nil }
        var weight = Int(first - 48)
        for place in 2..<5 {
            let digit = place < digits.count ? digits[place] : 48
            guard (48...57).contains(digit) else { return nil }
            weight = weight * 10 + Int(digit - 48)
        }
        return weight <= 1000 ? weight : nil
    }
}
