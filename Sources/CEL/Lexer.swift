extension CEL {
    enum Token: Equatable {
        case identifier(String)
        case quoted(String)
        case int(String)
        case uint(String)
        case double(String)
        case string(String)
        case bytes([UInt8])
        case symbol(String)
        case end
    }

    struct Lexer {
        let scalars: [Unicode.Scalar]
        var index = 0

        init(_ source: String) { scalars = Array(source.unicodeScalars) }

        private func at(_ offset: Int) -> Unicode.Scalar? { index + offset < scalars.count ? scalars[index + offset] : nil }

        private static func isDigit(_ scalar: Unicode.Scalar?) -> Bool { scalar.map { ("0"..."9").contains($0) } ?? false }

        private static func isLetter(_ scalar: Unicode.Scalar) -> Bool {
            ("a"..."z").contains(scalar) || ("A"..."Z").contains(scalar) || scalar == "_"
        }

        /// The next token and the place where it begins.
        mutating func next() throws(Failure) -> (Token, Int) {
            while let scalar = at(0) {
                if scalar == "/", at(1) == "/" {
                    while let scalar = at(0), scalar != "\n" { _ = scalar; index += 1 }
                } else if scalar == " " || scalar == "\t" || scalar == "\n" || scalar == "\r" || scalar == "\u{C}" {
                    index += 1
                } else {
                    break
                }
            }
            let start = index
            guard let scalar = at(0) else { return (.end, start) }
            if Self.isLetter(scalar) {
                if let token = try prefixedText() { return (token, start) }
                while let scalar = at(0), Self.isLetter(scalar) || Self.isDigit(scalar) { index += 1 }
                return (.identifier(text(start..<index)), start)
            }
            if Self.isDigit(scalar) || (scalar == "." && Self.isDigit(at(1))) { return (try number(), start) }
            if scalar == "\"" || scalar == "'" { return (try literal(isRaw: false, isBytes: false), start) }
            if scalar == "`" {
                index += 1
                while let scalar = at(0), scalar != "`" {
                    guard Self.isLetter(scalar) || Self.isDigit(scalar) || scalar == "." || scalar == "-" || scalar == "/" || scalar == " "
                    else {
                        throw Failure(.syntax, "A quoted name holds letters, digits, and '_', '.', '-', '/' and spaces.", offset: index)
                    }
                    index += 1
                }
                guard at(0) != nil, index > start + 1 else { throw Failure(.syntax, "This quoted name does not end.", offset: start) }
                index += 1
                return (.quoted(text(start + 1..<index - 1)), start)
            }
            for symbol in ["==", "!=", "<=", ">=", "&&", "||"] where text(start..<min(start + 2, scalars.count)) == symbol {
                index += 2
                return (.symbol(symbol), start)
            }
            guard "+-*/%<>!?:.,()[]{}".unicodeScalars.contains(scalar) else {
                throw Failure(.syntax, "'\(scalar)' begins nothing in this language.", offset: start)
            }
            index += 1
            return (.symbol(String(Character(scalar))), start)
        }

        private func text(_ range: Range<Int>) -> String {
            var view = String.UnicodeScalarView()
            view.append(contentsOf: scalars[range])
            return String(view)
        }

        private mutating func number() throws(Failure) -> Token {
            let start = index
            if at(0) == "0", at(1) == "x" || at(1) == "X" {
                index += 2
                let digits = index
                while let scalar = at(0), scalar.properties.isASCIIHexDigit { index += 1 }
                guard index > digits else { throw Failure(.syntax, "A hexadecimal number needs digits.", offset: start) }
                let text = "0x" + text(digits..<index)
                if at(0) == "u" || at(0) == "U" {
                    index += 1
                    return .uint(text)
                }
                return .int(text)
            }
            var isDouble = false
            while Self.isDigit(at(0)) { index += 1 }
            if at(0) == ".", Self.isDigit(at(1)) {
                isDouble = true
                index += 1
                while Self.isDigit(at(0)) { index += 1 }
            }
            if at(0) == "e" || at(0) == "E" {
                let sign = at(1) == "+" || at(1) == "-" ? 1 : 0
                if Self.isDigit(at(1 + sign)) {
                    isDouble = true
                    index += 1 + sign
                    while Self.isDigit(at(0)) { index += 1 }
                }
            }
            let digits = text(start..<index)
            if isDouble { return .double(digits) }
            if at(0) == "u" || at(0) == "U" {
                index += 1
                return .uint(digits)
            }
            return .int(digits)
        }

        /// A string with `r`, `b` or both before it.
        private mutating func prefixedText() throws(Failure) -> Token? {
            var isRaw = false
            var isBytes = false
            var length = 0
            while length < 2, let scalar = at(length) {
                if scalar == "r" || scalar == "R", !isRaw {
                    isRaw = true
                } else if scalar == "b" || scalar == "B", !isBytes {
                    isBytes = true
                } else {
                    break
                }
                length += 1
            }
            guard length > 0, at(length) == "\"" || at(length) == "'" else { return nil }
            index += length
            return try literal(isRaw: isRaw, isBytes: isBytes)
        }

        private mutating func literal(isRaw: Bool, isBytes: Bool) throws(Failure) -> Token {
            let start = index
            let quote = scalars[index]
            let isTriple = at(1) == quote && at(2) == quote
            index += isTriple ? 3 : 1
            var view = String.UnicodeScalarView()
            var bytes: [UInt8] = []
            func unfinished() -> Failure { Failure(.syntax, "This string does not end.", offset: start) }
            while true {
                guard let scalar = at(0) else { throw unfinished() }
                if scalar == quote, !isTriple || (at(1) == quote && at(2) == quote) {
                    index += isTriple ? 3 : 1
                    break
                }
                if !isTriple, scalar == "\n" || scalar == "\r" { throw unfinished() }
                index += 1
                if scalar == "\\" {
                    if isRaw {
                        // A raw string keeps the backslash and what follows it, also a quote.
                        view.append(scalar)
                        continue
                    }
                    let place = index - 1
                    let (value, isByte) = try escape(place)
                    if isBytes {
                        if isByte {
                            guard value < 256 else { throw Failure(.syntax, "This escape is no byte.", offset: place) }
                            bytes += Array(String(view).utf8) + [UInt8(value)]
                            view = String.UnicodeScalarView()
                            continue
                        }
                        guard let scalar = Unicode.Scalar(value), value < 128 || scalars[place + 1] != "u" && scalars[place + 1] != "U"
                        else {
                            throw Failure(.syntax, "A byte string has no Unicode escapes.", offset: place)
                        }
                        view.append(scalar)
                        continue
                    }
                    guard let scalar = Unicode.Scalar(value) else {
                        throw Failure(.syntax, "This escape is no Unicode character.", offset: place)
                    }
                    view.append(scalar)
                } else {
                    view.append(scalar)
                }
            }
            return isBytes ? .bytes(bytes + Array(String(view).utf8)) : .string(String(view))
        }

        /// What follows a backslash; also whether it names a byte in a byte string.
        private mutating func escape(_ place: Int) throws(Failure) -> (UInt32, Bool) {
            guard let scalar = at(0) else { throw Failure(.syntax, "This escape is not complete.", offset: place) }
            index += 1
            switch scalar {
            case "a": return (7, false)
            case "b": return (8, false)
            case "f": return (12, false)
            case "n": return (10, false)
            case "r": return (13, false)
            case "t": return (9, false)
            case "v": return (11, false)
            case "\\", "'", "\"", "`", "?": return (scalar.value, false)
            case "x", "X": return (try digits(2, 16, place), true)
            case "u": return (try digits(4, 16, place), false)
            case "U": return (try digits(8, 16, place), false)
            case "0"..."3":
                index -= 1
                return (try digits(3, 8, place), true)
            default: throw Failure(.syntax, "'\\\(scalar)' is no escape; write '\\\\' for a backslash.", offset: place)
            }
        }

        private mutating func digits(_ count: Int, _ radix: Int, _ place: Int) throws(Failure) -> UInt32 {
            let end = min(index + count, scalars.count)
            let digits = text(index..<end)
            guard end == index + count, digits.utf8.allSatisfy({ $0 != 43 && $0 != 45 }), let value = UInt32(digits, radix: radix) else {
                throw Failure(.syntax, "This escape needs \(count) digits.", offset: place)
            }
            index = end
            return value
        }
    }
}
