/// A setting that cannot work, found when `Auth` is made.
public struct AuthConfigurationError: Error, Sendable, CustomStringConvertible {
    public enum Code: String, Sendable {
        case invalidBaseURL
        case secretTooShort
        case invalidTrustedOrigin
        case invalidCookieAge
        case invalidAPIKeyConfiguration
        case unsuitableDatabase
    }

    public let code: Code
    /// What is wrong and what to set instead. Never holds the secret.
    public let detail: String

    public var description: String { "\(code.rawValue): \(detail)" }
}
