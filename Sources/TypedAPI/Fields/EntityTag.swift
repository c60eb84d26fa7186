import Crypto
import HTTPTypes
public import Hummingbird
import Primitives

/// The version of a resource: `"…"`, always a strong one.
public struct EntityTag: Hashable, Sendable, CustomStringConvertible {
    /// With its quotes.
    public let description: String

    /// - Parameter version: visible ASCII without quotes, such as a version number.
    public init(_ version: String) { description = "\"\(version)\"" }

    /// The tag of these bytes: the first half of their SHA-256.
    public init(hashing bytes: [UInt8]) { self.init(Base64URL.encode(Array(SHA256.hash(data: bytes).prefix(16)))) }

    init(quoted description: String) { self.description = description }

    /// A strong tag as it stands in a header; nil for a weak one, which compression leaves as it is, and for what is none.
    init?(field: String) {
        guard field.utf8.count >= 2, field.first == "\"", field.last == "\"", !field.hasSuffix(Self.gzipMark) else { return nil }
        description = field
    }

    private static let gzipMark = "-gzip\""

    /// The tag of the same version compressed: other bytes, so another tag (RFC 9110, section 8.8.3.3).
    var gzipped: EntityTag { EntityTag(quoted: description.dropLast() + Self.gzipMark) }

    /// Whether a header `If-Match` or `If-None-Match` names this version: `*` alone, or a list of tags.
    ///
    /// - Parameter weakly: whether `W/"…"` counts, which it does for `If-None-Match` and does not for `If-Match` (RFC 9110, 13.1).
    public func isNamed(by header: String, weakly: Bool) -> Bool {
        // As nearly every caller writes it.
        if header == description { return true }
        // A comma may stand inside a tag, and a backslash escapes nothing there.
        guard let entries = FieldText.split(header[...], at: UInt8(ascii: ","), escapes: false) else { return false }
        if entries == ["*"] { return true }
        return entries.contains { entry in
            entry == description || weakly && entry.hasPrefix("W/") && entry.dropFirst(2) == description
        }
    }
}

extension Request {
    /// Whether the caller has this version already, by `If-None-Match`; compressed, where that is how it would be answered.
    public func isCurrent(_ tag: EntityTag) -> Bool {
        guard let header = headers[.ifNoneMatch] else { return false }
        return tag.isNamed(by: header, weakly: true) || acceptsGzip && tag.gzipped.isNamed(by: header, weakly: true)
    }

    /// For what changes a resource that has this version now.
    ///
    /// - Throws: ``Problem`` 412 `precondition_failed` when `If-Match` names other versions only; nothing without that header.
    public func requireMatch(_ current: EntityTag) throws {
        // Whoever read the version compressed has read it.
        guard let header = headers[.ifMatch], !current.isNamed(by: header, weakly: false),
            !current.gzipped.isNamed(by: header, weakly: false)
        else { return }
        throw Problem(.preconditionFailed, headers: [.eTag: current.description])
    }
}
