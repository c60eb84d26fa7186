/// Why a secret cannot be used or a message cannot be trusted.
public struct StandardWebhooksError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What is wrong, for a program to tell apart.
    public enum Code: String, Hashable, Sendable {
        case invalidSecret
        /// One of the three headers is absent, empty or there twice.
        case missingHeader
        case invalidTimestamp
        case timestampTooOld
        case timestampTooNew
        case signatureMismatch
    }

    public let code: Code
    /// A sentence that repeats neither secret nor signature.
    public let detail: String

    public var description: String { "\(code.rawValue): \(detail)" }
}
