internal import JSON
internal import Primitives

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#else
internal import Darwin
#endif

extension CEL.Evaluator {
    private func outOfRange(_ index: Int64) -> Failure { Failure(.evaluation, "The index \(index) is out of range.") }

    private func position(_ value: Value, _ count: Int) throws(Failure) -> Int {
        guard case .int(let index) = value else { throw Self.noOverload("index") }
        guard index >= 0, index <= count else { throw outOfRange(index) }
        return Int(index)
    }

    private static func string(_ scalars: some Sequence<Unicode.Scalar>) -> Value {
        var view = String.UnicodeScalarView()
        view.append(contentsOf: scalars)
        return .string(String(view))
    }

    mutating func strings(_ builtin: CEL.Builtin, _ a: Value, _ b: Value, _ c: Value, _ d: Value, _ count: Int) throws(Failure) -> Value {
        if builtin == .join { return try join(a, count > 1 ? b : .string("")) }
        guard case .string(let text) = a else { throw Self.noOverload(builtin.rawValue) }
        try spend(bytes: text.utf8.count)
        switch (builtin, b) {
        case (.lowerAscii, _):
            return Self.string(text.unicodeScalars.map { ("A"..."Z").contains($0) ? Unicode.Scalar(UInt8($0.value + 32)) : $0 })
        case (.upperAscii, _):
            return Self.string(text.unicodeScalars.map { ("a"..."z").contains($0) ? Unicode.Scalar(UInt8($0.value - 32)) : $0 })
        case (.reverse, _): return Self.string(text.unicodeScalars.reversed())
        case (.trim, _):
            var scalars = Array(text.unicodeScalars)[...]
            func isSpace(_ scalar: Unicode.Scalar?) -> Bool { scalar?.properties.isWhitespace ?? false }
            while isSpace(scalars.first) { scalars.removeFirst() }
            while isSpace(scalars.last) { scalars.removeLast() }
            return Self.string(scalars)
        case (.quote, _): return .string(Self.quoted(text))
        case (.charAt, .int):
            let scalars = Array(text.unicodeScalars)
            let place = try position(b, scalars.count)
            return Self.string(scalars[place..<min(place + 1, scalars.count)])
        case (.substring, .int):
            let scalars = Array(text.unicodeScalars)
            let start = try position(b, scalars.count)
            let end = count > 2 ? try position(c, scalars.count) : scalars.count
            guard start <= end else { throw outOfRange(Int64(start)) }
            return Self.string(scalars[start..<end])
        case (.indexOf, .string(let part)), (.lastIndexOf, .string(let part)):
            return try index(
                of: Array(part.unicodeScalars), in: Array(text.unicodeScalars), count > 2 ? c : nil, isLast: builtin == .lastIndexOf)
        case (.split, .string(let separator)): return try split(text, separator, count > 2 ? c : .int(-1))
        case (.replace, .string(let old)):
            guard case .string(let new) = c, case .int(let limit) = count > 3 ? d : .int(-1) else { break }
            return try replace(text, old, new, limit)
        case (.format, .list(let values)): return .string(try format(text, values))
        case (.format, .array(let values)): return .string(try format(text, values.map { Value($0) }))
        default: break
        }
        throw Self.noOverload(builtin.rawValue)
    }

    private mutating func join(_ list: Value, _ separator: Value) throws(Failure) -> Value {
        guard case .string(let separator) = separator else { throw Self.noOverload("join") }
        let items: [Value]
        switch list {
        case .list(let list): items = list
        case .array(let array): items = array.map { Value($0) }
        default: throw Self.noOverload("join")
        }
        var result = ""
        for (index, item) in items.enumerated() {
            guard case .string(let text) = item else { throw Self.noOverload("join") }
            try spend(bytes: text.utf8.count + separator.utf8.count)
            if index > 0 { result += separator }
            result += text
        }
        return .string(result)
    }

    private mutating func index(
        of part: [Unicode.Scalar], in text: [Unicode.Scalar], _ offset: Value?, isLast: Bool
    ) throws(Failure) -> Value {
        let start = try offset.map { offset throws(Failure) in try position(offset, text.count) }
        guard isLast else { return .int(Int64(try find(part, in: text, from: start ?? 0) ?? -1)) }
        let last = text.count - part.count
        guard let found = try find(Array(part.reversed()), in: Array(text.reversed()), from: max(last - (start ?? last), 0)) else {
            return .int(-1)
        }
        return .int(Int64(last - found))
    }

    private mutating func split(_ text: String, _ separator: String, _ limit: Value) throws(Failure) -> Value {
        guard case .int(let limit) = limit else { throw Self.noOverload("split") }
        if limit == 0 { return .list([]) }
        let scalars = Array(text.unicodeScalars)
        let part = Array(separator.unicodeScalars)
        var result: [Value] = []
        var start = 0
        while limit < 0 || result.count < limit - 1 {
            try spend(bytes: 32)
            if part.isEmpty {
                guard start < scalars.count - 1 else { break }
                result.append(Self.string(scalars[start...start]))
                start += 1
            } else {
                guard let found = try find(part, in: scalars, from: start) else { break }
                result.append(Self.string(scalars[start..<found]))
                start = found + part.count
            }
        }
        if !(part.isEmpty && scalars.isEmpty) { result.append(Self.string(scalars[start...])) }
        return .list(result)
    }

    private mutating func replace(_ text: String, _ old: String, _ new: String, _ limit: Int64) throws(Failure) -> Value {
        let scalars = Array(text.unicodeScalars)
        let part = Array(old.unicodeScalars)
        var result = String.UnicodeScalarView()
        var start = 0
        var count: Int64 = 0
        while limit < 0 || count < limit, let found = try find(part, in: scalars, from: start) {
            try spend(bytes: new.utf8.count + 1)
            result.append(contentsOf: scalars[start..<found])
            result.append(contentsOf: new.unicodeScalars)
            count += 1
            start = found + part.count
            if part.isEmpty {
                guard found < scalars.count else { break }
                result.append(scalars[found])
                start = found + 1
            }
        }
        if start < scalars.count { result.append(contentsOf: scalars[start...]) }
        return .string(String(result))
    }

    /// As a literal of the language, in double quotes.
    static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\u{7}": result += "\\a"
            case "\u{8}": result += "\\b"
            case "\u{C}": result += "\\f"
            case "\n": result += "\\n"
            case "\r": result += "\\r"
            case "\t": result += "\\t"
            case "\u{B}": result += "\\v"
            case "\\": result += "\\\\"
            case "\"": result += "\\\""
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }

    // MARK: format()

    private mutating func format(_ template: String, _ values: [Value]) throws(Failure) -> String {
        var result = ""
        var next = 0
        let scalars = Array(template.unicodeScalars)
        var index = 0
        while index < scalars.count {
            guard scalars[index] == "%" else {
                result.unicodeScalars.append(scalars[index])
                index += 1
                continue
            }
            index += 1
            var precision: Int?
            if index < scalars.count, scalars[index] == "." {
                index += 1
                let digits = scalars[index...].prefix { ("0"..."9").contains($0) }
                guard (1...3).contains(digits.count) else { throw Failure(.evaluation, "A precision of format() has one to three digits.") }
                precision = digits.reduce(0) { $0 * 10 + Int($1.value - 48) }
                index += digits.count
            }
            guard index < scalars.count else { throw Failure(.evaluation, "The template of format() ends within a clause.") }
            let verb = scalars[index]
            index += 1
            if verb == "%" {
                result += "%"
                continue
            }
            guard next < values.count else { throw Failure(.evaluation, "format() has too few values: index \(next) out of range.") }
            let text = try formatted(verb, precision, values[next].plain)
            next += 1
            try spend(bytes: text.utf8.count)
            result += text
        }
        return result
    }

    private mutating func formatted(_ verb: Unicode.Scalar, _ precision: Int?, _ value: Value) throws(Failure) -> String {
        switch (verb, value) {
        case ("s", _): return try shownText(value, depth: 0)
        case ("d", .int(let x)): return String(x)
        case ("d", .uint(let x)): return String(x)
        case ("d", .double(let x)): return Self.text(of: x)
        case ("f", _), ("e", _):
            let number: Double
            switch value {
            case .double(let x): number = x
            case .int(let x): number = Double(x)
            case .uint(let x): number = Double(x)
            default: throw Self.noOverload("%\(verb)")
            }
            guard number.isFinite else { return Self.text(of: number) }
            return Self.decimal(number, precision ?? 6, isScientific: verb == "e")
        case ("b", .bool(let x)): return x ? "1" : "0"
        case ("b", .int(let x)): return String(x, radix: 2)
        case ("b", .uint(let x)): return String(x, radix: 2)
        case ("o", .int(let x)): return String(x, radix: 8)
        case ("o", .uint(let x)): return String(x, radix: 8)
        case ("x", .int(let x)), ("X", .int(let x)): return String(x, radix: 16, uppercase: verb == "X")
        case ("x", .uint(let x)), ("X", .uint(let x)): return String(x, radix: 16, uppercase: verb == "X")
        case ("x", .string(let x)): return Hex.encode(Array(x.utf8))
        case ("X", .string(let x)): return Hex.encode(Array(x.utf8)).uppercased()
        case ("x", .bytes(let x)): return Hex.encode(x)
        case ("X", .bytes(let x)): return Hex.encode(x).uppercased()
        case ("b", _), ("d", _), ("o", _), ("x", _), ("X", _):
            throw Failure(.evaluation, "'%\(verb)' of format() does not take a value of type \(value.valueType.name): no such overload.")
        default:
            throw Failure(
                .evaluation, "could not parse formatting clause: unrecognized formatting clause \"\(verb)\"; use s, d, f, e, b, o, x or X.")
        }
    }

    private static func decimal(_ value: Double, _ precision: Int, isScientific: Bool) -> String {
        var buffer = [CChar](repeating: 0, count: 1400)
        let count = withVaList([Int32(precision), value]) { vsnprintf(&buffer, buffer.count, isScientific ? "%.*e" : "%.*f", $0) }
        return String(decoding: buffer.prefix(max(0, Int(count))).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    private mutating func shownText(_ value: Value, depth: Int) throws(Failure) -> String {
        try spend(steps: 1)
        switch value {
        case .null: return "null"
        case .type(let type): return type.name
        case .list(let list):
            var parts: [String] = []
            for item in list { parts.append(try shownText(item, depth: depth + 1)) }
            return try sized("[" + parts.joined(separator: ", ") + "]")
        case .array(let array): return try shownText(.list(array.map { Value($0) }), depth: depth)
        case .map, .object:
            var parts: [(String, String)] = []
            if case .map(let map) = value {
                for (key, value) in map { parts.append((try Self.text(of: key.value), try shownText(value, depth: depth + 1))) }
            } else if case .object(let object) = value {
                for (key, value) in object { parts.append((key, try shownText(Value(value), depth: depth + 1))) }
            }
            parts.sort { $0.0.utf8.lexicographicallyPrecedes($1.0.utf8) }
            return try sized("{" + parts.map { "\($0.0): \($0.1)" }.joined(separator: ", ") + "}")
        case .optional: throw Self.noOverload("%s")
        default: return try Self.text(of: value)
        }
    }

    private mutating func sized(_ text: String) throws(Failure) -> String {
        try spend(bytes: text.utf8.count)
        return text
    }
}
