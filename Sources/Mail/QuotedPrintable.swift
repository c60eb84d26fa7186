/// RFC 2045's encoding for text that is mostly ASCII: readable, and safe on every path that mail takes.
enum QuotedPrintable {
    /// Every line break becomes CR LF, and no line is longer than 76 characters.
    static func encode(_ text: String) -> String {
        var result: [UInt8] = []
        var lineLength = 0
        let bytes = Array(text.utf8)
        var index = 0
        func isLineEnd(_ place: Int) -> Bool { place >= bytes.count || bytes[place] == 10 || bytes[place] == 13 }
        while index < bytes.count {
            let byte = bytes[index]
            if byte == 13 || byte == 10 {
                if byte == 13, index + 1 < bytes.count, bytes[index + 1] == 10 { index += 1 }
                result += [13, 10]
                lineLength = 0
                index += 1
                continue
            }
            // Blanks at the end of a line get lost on the way.
            let isBlank = byte == 32 || byte == 9
            let isPlain = (33...126).contains(byte) && byte != UInt8(ascii: "=") || isBlank && !isLineEnd(index + 1)
            let unit = isPlain ? [byte] : [UInt8(ascii: "=")] + hex(byte)
            if lineLength + unit.count > 75 {
                result += [UInt8(ascii: "="), 13, 10]
                lineLength = 0
            }
            result += unit
            lineLength += unit.count
            index += 1
        }
        return String(decoding: result, as: UTF8.self)
    }

    private static func hex(_ byte: UInt8) -> [UInt8] {
        let digits = Array("0123456789ABCDEF".utf8)
        return [digits[Int(byte >> 4)], digits[Int(byte & 15)]]
    }
}
