/// A message in protobuf's text format: fields in order, each a scalar or a message.
struct TextProto {
    indirect enum Field {
        case message(TextProto)
        case text([UInt8])
        case word(String)
    }

    struct Member {
        let name: String
        let value: Field
    }

    var fields: [Member] = []

    func messages(_ name: String) -> [TextProto] {
        fields.compactMap { if $0.name == name, case .message(let message) = $0.value { message } else { nil } }
    }

    func message(_ name: String) -> TextProto? { messages(name).first }

    func bytes(_ name: String) -> [UInt8]? {
        for field in fields where field.name == name { if case .text(let bytes) = field.value { return bytes } }
        return nil
    }

    func string(_ name: String) -> String? { bytes(name).map { String(decoding: $0, as: UTF8.self) } }

    func word(_ name: String) -> String? {
        for field in fields where field.name == name { if case .word(let word) = field.value { return word } }
        return nil
    }

    func has(_ name: String) -> Bool { fields.contains { $0.name == name } }

    init() {}

    init(parsing text: [UInt8]) {
        var reader = Reader(bytes: text)
        self = reader.message()
    }

    private struct Reader {
        let bytes: [UInt8]
        var index = 0

        var peek: UInt8? { index < bytes.count ? bytes[index] : nil }

        mutating func skip() {
            while let byte = peek {
                if byte == UInt8(ascii: "#") {
                    while let byte = peek, byte != 10 { _ = byte; index += 1 }
                } else if [9, 10, 13, 32, UInt8(ascii: ","), UInt8(ascii: ";")].contains(byte) {
                    index += 1
                } else {
                    return
                }
            }
        }

        mutating func message() -> TextProto {
            var result = TextProto()
            while true {
                skip()
                guard let byte = peek, byte != UInt8(ascii: "}"), byte != UInt8(ascii: ">") else { return result }
                let name = word()
                skip()
                if peek == UInt8(ascii: ":") { index += 1; skip() }
                if peek == UInt8(ascii: "[") {
                    index += 1
                    skip()
                    while peek != UInt8(ascii: "]") {
                        result.fields.append(Member(name: name, value: value()))
                        skip()
                    }
                    index += 1
                } else {
                    result.fields.append(Member(name: name, value: value()))
                }
            }
        }

        mutating func value() -> Field {
            switch peek {
            case UInt8(ascii: "{"), UInt8(ascii: "<"):
                index += 1
                let inside = message()
                index += 1
                return .message(inside)
            case UInt8(ascii: "\""), UInt8(ascii: "'"):
                var text: [UInt8] = []
                while peek == UInt8(ascii: "\"") || peek == UInt8(ascii: "'") {
                    text += quoted()
                    let end = index
                    skip()
                    if peek != UInt8(ascii: "\""), peek != UInt8(ascii: "'") { index = end }
                }
                return .text(text)
            default: return .word(word())
            }
        }

        mutating func word() -> String {
            let start = index
            if peek == UInt8(ascii: "[") {
                while peek != UInt8(ascii: "]") { index += 1 }
                index += 1
            }
            while let byte = peek, !Array(" \t\r\n:{}<>,;[]\"'#".utf8).contains(byte) { index += 1 }
            precondition(index > start, "malformed at \(index)")
            return String(decoding: bytes[start..<index], as: UTF8.self)
        }

        mutating func quoted() -> [UInt8] {
            let quote = bytes[index]
            index += 1
            var result: [UInt8] = []
            while bytes[index] != quote {
                guard bytes[index] == UInt8(ascii: "\\") else {
                    result.append(bytes[index])
                    index += 1
                    continue
                }
                index += 1
                let letter = bytes[index]
                index += 1
                switch letter {
                case UInt8(ascii: "n"): result.append(10)
                case UInt8(ascii: "r"): result.append(13)
                case UInt8(ascii: "t"): result.append(9)
                case UInt8(ascii: "a"): result.append(7)
                case UInt8(ascii: "b"): result.append(8)
                case UInt8(ascii: "f"): result.append(12)
                case UInt8(ascii: "v"): result.append(11)
                case UInt8(ascii: "x"): result.append(UInt8(truncatingIfNeeded: digits(2, 16)))
                case UInt8(ascii: "u"): result += Array(String(Unicode.Scalar(UInt32(digits(4, 16)))!).utf8)
                case UInt8(ascii: "U"): result += Array(String(Unicode.Scalar(UInt32(digits(8, 16)))!).utf8)
                case UInt8(ascii: "0")...UInt8(ascii: "7"):
                    index -= 1
                    result.append(UInt8(truncatingIfNeeded: digits(3, 8)))
                default: result.append(letter)
                }
            }
            index += 1
            return result
        }

        mutating func digits(_ count: Int, _ radix: Int) -> Int {
            var value = 0
            for _ in 0..<count {
                guard let digit = Int(String(UnicodeScalar(bytes[index])), radix: radix) else { break }
                value = value * radix + digit
                index += 1
            }
            return value
        }
    }
}
