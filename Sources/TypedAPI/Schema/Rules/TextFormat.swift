import JSON
import LinearRegex
import Primitives

/// A form that a string can have, with the name JSON Schema has for it.
///
/// Each is decided by hand-written code in one pass: none can be made slow by what it is given.
public struct TextFormat: Sendable {
    let name: String
    /// With its article: `an email address`.
    let what: String
    let keywords: JSONObject
    let check: @Sendable (String) -> Bool

    /// A form of one's own; its name goes into the document as `format`.
    public init(_ name: String, what: String, pattern: String? = nil, check: @escaping @Sendable (String) -> Bool) {
        self.name = name
        self.what = what
        self.check = check
        var keywords: JSONObject = ["format": .string(name)]
        keywords["pattern"] = pattern.map(JSONValue.string)
        self.keywords = keywords
    }

    /// One `@`, a domain with a dot, at most 254 bytes, no white space: what can be told without sending a message.
    public static let email = TextFormat("email", what: "an email address", check: isEmail)
    /// An absolute URI: scheme, colon, and only the characters of RFC 3986.
    public static let uri = TextFormat("uri", what: "an absolute URI", check: isURI)
    /// An absolute `http` or `https` URL with a host.
    public static let httpURL = TextFormat("uri", what: "an http or https URL", pattern: "^[hH][tT][tT][pP][sS]?://", check: isHTTPURL)
    public static let uuid = TextFormat("uuid", what: "a UUID") { UUIDv7($0) != nil }
    public static let dateTime = TextFormat("date-time", what: "an RFC 3339 date and time, such as 2026-11-22T10:00:00Z") {
        Timestamp(rfc3339: $0) != nil
    }
    /// `2026-11-22`, a day that exists.
    public static let date = TextFormat("date", what: "a date, such as 2026-11-22") {
        $0.utf8.count == 10 && Timestamp(rfc3339: $0 + "T00:00:00Z") != nil
    }
    /// `10:30:00` with an optional fraction, and an offset or `Z`.
    public static let time = TextFormat("time", what: "a time with its offset, such as 10:30:00Z") {
        Timestamp(rfc3339: "2000-01-01T" + $0) != nil
    }
    /// ISO 8601 of fixed length: no years and months.
    public static let duration = TextFormat("duration", what: "an ISO 8601 duration, such as PT5M") { Duration(iso8601: $0) != nil }
    public static let hostname = TextFormat("hostname", what: "a host name", check: isHostname)
    public static let ipv4 = TextFormat("ipv4", what: "an IPv4 address") { IPAddress($0)?.family == .v4 }
    public static let ipv6 = TextFormat("ipv6", what: "an IPv6 address") { IPAddress($0)?.family == .v6 }
    public static let ip = TextFormat("ip", what: "an IPv4 or IPv6 address") { IPAddress($0) != nil }
    /// `10.0.0.0/8`; no bit may be set behind the prefix.
    public static let cidr = TextFormat("cidr", what: "an address block, such as 10.0.0.0/8") {
        $0.utf8.contains(UInt8(ascii: "/")) && AddressBlock($0) != nil
    }
    public static let base64 = TextFormat("base64", what: "base64") { isBase64($0, "+", "/", isPadded: true) }
    public static let base64URL = TextFormat("base64url", what: "base64 of the URL alphabet without padding") {
        isBase64($0, "-", "_", isPadded: false)
    }
    public static let hex = TextFormat("hex", what: "hexadecimal digits, two a byte", pattern: "^([0-9a-fA-F]{2})*$") {
        Hex.decode($0) != nil
    }
    /// A telephone number: `+` and 7 to 15 digits.
    public static let e164 = TextFormat("e164", what: "a telephone number, such as +4915112345678", pattern: #"^\+[1-9][0-9]{6,14}$"#) {
        let digits = $0.utf8.dropFirst()
        return $0.utf8.first == UInt8(ascii: "+") && (7...15).contains(digits.count) && digits.first != UInt8(ascii: "0")
            && digits.allSatisfy { (48...57).contains($0) }
    }
    /// A text that is JSON.
    public static let json = TextFormat("json", what: "JSON") { (try? RawJSON(validating: Array($0.utf8))) != nil }

    /// An identifier of our kind with that prefix; a property of type `TypeID` says it better.
    public static func typeID(_ prefix: String) -> TextFormat {
        TextFormat(
            "typeid", what: "an identifier that begins with \(prefix)_", pattern: "^\(Pattern.escape(prefix))_[0-7][0-9a-hjkmnp-tv-z]{25}$"
        ) { isTypeID($0, prefix) }
    }
}

// MARK: - Checks

@Sendable private func isEmail(_ text: String) -> Bool {
    let bytes = text.utf8
    guard bytes.count <= 254, let at = bytes.firstIndex(of: UInt8(ascii: "@")) else { return false }
    let local = bytes[..<at]
    guard (1...64).contains(local.count), local.first != UInt8(ascii: "."), local.last != UInt8(ascii: ".") else { return false }
    var previous: UInt8 = 0
    for byte in local {
        let isAllowed = isAlphanumeric(byte) || "!#$%&'*+/=?^_`{|}~-.".utf8.contains(byte)
        guard isAllowed, byte != UInt8(ascii: ".") || previous != byte else { return false }
        previous = byte
    }
    let domain = String(text[text.index(after: at)...])
    return domain.utf8.contains(UInt8(ascii: ".")) && isHostname(domain)
}

@Sendable private func isHostname(_ text: String) -> Bool {
    guard (1...253).contains(text.utf8.count) else { return false }
    return text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false).allSatisfy { label in
        (1...63).contains(label.count) && label.first != UInt8(ascii: "-") && label.last != UInt8(ascii: "-")
            && label.allSatisfy { isAlphanumeric($0) || $0 == UInt8(ascii: "-") }
    }
}

@Sendable private func isURI(_ text: String) -> Bool {
    let bytes = text.utf8
    guard let colon = bytes.firstIndex(of: UInt8(ascii: ":")), colon != bytes.startIndex, let first = bytes.first else { return false }
    guard isLetter(first), bytes[..<colon].allSatisfy({ isAlphanumeric($0) || "+-.".utf8.contains($0) }) else { return false }
    var rest = bytes[bytes.index(after: colon)...]
    var fragments = 0
    while let byte = rest.popFirst() {
        if byte == UInt8(ascii: "%") {
            guard let high = rest.popFirst(), let low = rest.popFirst(), isHexDigit(high), isHexDigit(low) else { return false }
        } else if byte == UInt8(ascii: "#") {
            fragments += 1
        } else if !isAlphanumeric(byte), !"-._~:/?[]@!$&'()*+,;=".utf8.contains(byte) {
            return false
        }
    }
    return fragments <= 1
}

@Sendable private func isHTTPURL(_ text: String) -> Bool {
    guard isURI(text), let range = text.utf8.firstRange(of: "://".utf8) else { return false }
    let scheme = text[..<range.lowerBound].lowercased()
    guard scheme == "http" || scheme == "https" else { return false }
    var authority = text.utf8[range.upperBound...].prefix { !"/?#".utf8.contains($0) }
    if let at = authority.lastIndex(of: UInt8(ascii: "@")) { authority = authority[authority.index(after: at)...] }
    if authority.first == UInt8(ascii: "[") {
        guard let close = authority.firstIndex(of: UInt8(ascii: "]")) else { return false }
        let address = authority[authority.index(after: authority.startIndex)..<close]
        return IPAddress(String(Substring(address)))?.family == .v6 && isPort(authority[authority.index(after: close)...])
    }
    let host = authority.prefix { $0 != UInt8(ascii: ":") }
    return isHostname(String(Substring(host))) && isPort(authority[host.endIndex...])
}

/// Nothing, or a colon and up to five digits.
private func isPort(_ bytes: Substring.UTF8View) -> Bool {
    guard let first = bytes.first else { return true }
    let digits = bytes.dropFirst()
    return first == UInt8(ascii: ":") && digits.count <= 5 && digits.allSatisfy { (48...57).contains($0) }
        && (Int(Substring(digits)) ?? 0) <= 65_535
}

private func isBase64(_ text: String, _ last: Unicode.Scalar, _ slash: Unicode.Scalar, isPadded: Bool) -> Bool {
    let bytes = text.utf8
    let padding = isPadded ? bytes.reversed().prefix { $0 == UInt8(ascii: "=") }.count : 0
    guard padding <= 2, isPadded ? bytes.count % 4 == 0 : bytes.count % 4 != 1 else { return false }
    return bytes.dropLast(padding).allSatisfy { isAlphanumeric($0) || $0 == UInt8(ascii: last) || $0 == UInt8(ascii: slash) }
}

private func isTypeID(_ text: String, _ prefix: String) -> Bool {
    let bytes = text.utf8
    guard bytes.count == prefix.utf8.count + 27, bytes.starts(with: (prefix + "_").utf8) else { return false }
    let digits = bytes.dropFirst(prefix.utf8.count + 1)
    return digits.first.map { $0 <= UInt8(ascii: "7") } == true
        && digits.allSatisfy { (48...57).contains($0) || (97...122).contains($0) && !"ilou".utf8.contains($0) }
}

private func isLetter(_ byte: UInt8) -> Bool { (97...122).contains(byte | 32) }

private func isAlphanumeric(_ byte: UInt8) -> Bool { isLetter(byte) || (48...57).contains(byte) }

private func isHexDigit(_ byte: UInt8) -> Bool { (48...57).contains(byte) || (97...102).contains(byte | 32) }
