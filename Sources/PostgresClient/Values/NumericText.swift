/// Between decimal text and the binary `numeric`: int16 digits, weight, sign, display scale, then digits of base 10,000.
enum NumericText {
    private static let negative: UInt16 = 0x4000
    private static let nan: UInt16 = 0xC000
    private static let infinity: UInt16 = 0xD000
    private static let negativeInfinity: UInt16 = 0xF000

    static func decode(_ bytes: RawSpan) throws(PostgresDecodingError) -> String {
        guard let digits: UInt16 = bytes.bigEndian(at: 0), let weight: Int16 = bytes.bigEndian(at: 2),
            let sign: UInt16 = bytes.bigEndian(at: 4), let scale: Int16 = bytes.bigEndian(at: 6),
            scale >= 0, bytes.byteCount == 8 + 2 * Int(digits)
        else { throw .malformed(.numeric, String.self) }
        switch sign {
        case nan: return "NaN"
        case infinity: return "Infinity"
        case negativeInfinity: return "-Infinity"
        default: break
        }
        var text: [UInt8] = []
        func appendGroup(_ index: Int) {
            let value = index >= 0 && index < Int(digits) ? bytes.bigEndian(at: 8 + 2 * index, as: UInt16.self) ?? 0 : 0
            for divisor in [1000, 100, 10, 1] as [UInt16] { text.append(UInt8(ascii: "0") + UInt8(value / divisor % 10)) }
        }
        if weight >= 0 { for index in 0...Int(weight) { appendGroup(index) } }
        text = Array(text.drop { $0 == UInt8(ascii: "0") })
        if text.isEmpty { text = [UInt8(ascii: "0")] }
        if sign == negative { text.insert(UInt8(ascii: "-"), at: 0) }
        if scale > 0 {
            text.append(UInt8(ascii: "."))
            let end = text.count + Int(scale)
            var index = Int(weight) + 1
            while text.count < end {
                appendGroup(index)
                index += 1
            }
            text.removeLast(text.count - end)
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// - Parameter text: In the form that `decode` gives.
    static func encode(_ text: String, into bytes: inout [UInt8]) {
        switch text {
        case "NaN": return appendHeader(digits: 0, weight: 0, sign: nan, scale: 0, to: &bytes)
        case "Infinity": return appendHeader(digits: 0, weight: 0, sign: infinity, scale: 0, to: &bytes)
        case "-Infinity": return appendHeader(digits: 0, weight: 0, sign: negativeInfinity, scale: 0, to: &bytes)
        default: break
        }
        let isNegative = text.utf8.first == UInt8(ascii: "-")
        let parts = text.utf8.dropFirst(isNegative ? 1 : 0).split(separator: UInt8(ascii: "."), maxSplits: 1)
        let whole = parts.first.map(Array.init) ?? []
        let fraction = parts.dropFirst().first.map(Array.init) ?? []
        let zero = UInt8(ascii: "0")
        // Both sides filled up to groups of four digits.
        let padded = Array(repeating: zero, count: (4 - whole.count % 4) % 4) + whole
        let decimals = padded + fraction + Array(repeating: zero, count: (4 - fraction.count % 4) % 4)
        var groups: [UInt16] = []
        for start in stride(from: 0, to: decimals.count, by: 4) {
            groups.append(decimals[start..<start + 4].reduce(0) { $0 * 10 + UInt16($1 - zero) })
        }
        let leading = groups.prefix { $0 == 0 }.count
        let weight = groups.count == leading ? 0 : padded.count / 4 - 1 - leading
        var digits = Array(groups.dropFirst(leading))
        while digits.last == 0 { digits.removeLast() }
        appendHeader(digits: digits.count, weight: weight, sign: isNegative ? negative : 0, scale: fraction.count, to: &bytes)
        for digit in digits { bytes.appendBigEndian(digit) }
    }

    private static func appendHeader(digits: Int, weight: Int, sign: UInt16, scale: Int, to bytes: inout [UInt8]) {
        bytes.appendBigEndian(UInt16(clamping: digits))
        bytes.appendBigEndian(Int16(clamping: weight))
        bytes.appendBigEndian(sign)
        bytes.appendBigEndian(UInt16(clamping: scale))
    }
}
