import PostgresClient

/// Values written into the text of definitions, where there are no parameters. Queries never use this.
enum Literal {
    static func text<Value: ColumnValue>(of value: Value) -> String {
        var bytes: [UInt8] = []
        value.encode(into: &bytes)
        return text(of: bytes, oid: Value.postgresType, type: Value.sqlType)
    }

    static func quoted(_ text: some StringProtocol) -> String {
        // With a backslash in it the plain form would depend on standard_conforming_strings.
        var literal = text.utf8.contains(UInt8(ascii: "\\")) ? "E'" : "'"
        for scalar in text.unicodeScalars {
            if scalar == "'" || scalar == "\\" { literal.unicodeScalars.append(scalar) }
            literal.unicodeScalars.append(scalar)
        }
        return literal + "'"
    }

    private static func text(of bytes: [UInt8], oid: PostgresType, type: SQLType) -> String {
        func decoded<Value: PostgresDecodable>(_ value: Value.Type) -> Value? {
            bytes.withUnsafeBytes { try? Value.decode($0.bytes, type: oid) }
        }
        switch oid {
        case .bool: return bytes.first == 1 ? "true" : "false"
        case .int2, .int4, .int8: return signed(decoded(Int.self).map(String.init) ?? "NULL")
        case .float4, .float8:
            guard let number = decoded(Double.self) else { return "NULL" }
            return number.isFinite ? "\(signed("\(number)"))::\(type)" : "\(quoted(PostgresText.name(of: number)))::\(type)"
        case .numeric:
            guard let number = decoded(PostgresNumeric.self) else { return "NULL" }
            return number.isFinite ? signed(number.text) : "\(quoted(number.text))::\(type)"
        case .text: return quoted(String(decoding: bytes, as: UTF8.self))
        case .jsonb: return quoted(String(decoding: bytes.dropFirst(), as: UTF8.self)) + "::\(type)"
        case .bytea: return "'\\x" + bytes.map { hex($0) }.joined() + "'::bytea"
        case .uuid: return quoted(decoded(String.self) ?? "") + "::uuid"
        case .date: return quoted(decoded(PostgresDate.self)?.description ?? "") + "::date"
        case .timestamptz: return quoted(PostgresText.timestamp(bytes)) + "::timestamptz"
        case .interval: return quoted(decoded(PostgresInterval.self)?.description ?? "") + "::interval"
        case .inferred where !type.isArray: return quoted(String(decoding: bytes, as: UTF8.self)) + "::\(type)"
        default: return type.isArray ? array(bytes, oid: oid, type: type) : quoted(String(decoding: bytes, as: UTF8.self)) + "::\(type)"
        }
    }

    /// In parentheses when negative: `- -1` would be a comment otherwise, and `-1::int2` means something else.
    private static func signed(_ number: String) -> String { number.hasPrefix("-") ? "(\(number))" : number }

    private static func hex(_ byte: UInt8) -> String { (byte < 16 ? "0" : "") + String(byte, radix: 16) }

    /// An array literal already, or the binary form: dimensions, has-null, element OID, length, bound, then elements.
    private static func array(_ bytes: [UInt8], oid: PostgresType, type: SQLType) -> String {
        guard oid != .inferred else { return quoted(String(decoding: bytes, as: UTF8.self)) + "::\(type)" }
        func integer(_ offset: Int) -> Int32 {
            guard offset + 4 <= bytes.count else { return -1 }
            return Int32(truncatingIfNeeded: bytes[offset..<offset + 4].reduce(UInt32(0)) { $0 << 8 | UInt32($1) })
        }
        guard integer(0) == 1 else { return "'{}'::\(type)" }
        var element = type
        element.isArray = false
        let elementOID = PostgresType(rawValue: UInt32(bitPattern: integer(8)))
        var offset = 20
        var texts: [String] = []
        for _ in 0..<max(0, integer(12)) {
            let length = Int(integer(offset))
            offset += 4
            guard length >= 0, offset + length <= bytes.count else {
                texts.append("NULL")
                continue
            }
            texts.append(text(of: Array(bytes[offset..<offset + length]), oid: elementOID, type: element))
            offset += length
        }
        return "ARRAY[" + texts.joined(separator: ", ") + "]::\(type)"
    }
}

/// Forms of values that the server reads and the Swift types do not write.
enum PostgresText {
    static func name(of number: Double) -> String { number.isNaN ? "NaN" : number < 0 ? "-Infinity" : "Infinity" }

    /// Of a binary `timestamptz`: the time since 2000 as an exact sum, which any length of time can be written as.
    static func timestamp(_ bytes: [UInt8]) -> String {
        let distance = Int64(truncatingIfNeeded: bytes.prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) })
        if distance == .max { return "infinity" }
        if distance == .min { return "-infinity" }
        let microsecondsPerDay: Int64 = 86_400_000_000
        let days = distance.flooredDivision(by: microsecondsPerDay)
        let rest = distance - days * microsecondsPerDay
        let date = PostgresDate(daysSince2000: Int32(clamping: days)).description
        let isBC = date.hasSuffix(" BC")
        func padded(_ value: Int64, _ width: Int) -> String {
            let digits = String(value)
            return String(repeating: "0", count: max(0, width - digits.count)) + digits
        }
        let time = "\(padded(rest / 3_600_000_000, 2)):\(padded(rest / 60_000_000 % 60, 2)):\(padded(rest / 1_000_000 % 60, 2))"
        return "\(isBC ? String(date.dropLast(3)) : date) \(time).\(padded(rest % 1_000_000, 6))+00\(isBC ? " BC" : "")"
    }
}

extension Int64 {
    fileprivate func flooredDivision(by divisor: Int64) -> Int64 { (self >= 0 ? self : self - divisor + 1) / divisor }
}
