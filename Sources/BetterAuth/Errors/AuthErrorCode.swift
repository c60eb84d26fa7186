/// A stable code that better-auth clients compare, with the English text that goes with it.
public struct AuthErrorCode: Hashable, Sendable {
    public let rawValue: String
    /// The text that better-auth sends with this code.
    public let message: String

    init(_ rawValue: String, _ message: String) {
        self.rawValue = rawValue
        self.message = message
    }

    public static func == (left: AuthErrorCode, right: AuthErrorCode) -> Bool { left.rawValue == right.rawValue }

    public func hash(into hasher: inout Hasher) { hasher.combine(rawValue) }
}

/// How a request was sent.
extension AuthErrorCode {
    public static let badRequest = AuthErrorCode("BAD_REQUEST", "Invalid JSON in request body")
    public static let validation = AuthErrorCode("VALIDATION_ERROR", "Validation Error")
    public static let unsupportedMediaType = AuthErrorCode("UNSUPPORTED_MEDIA_TYPE", "Content-Type is not allowed")
    public static let payloadTooLarge = AuthErrorCode("PAYLOAD_TOO_LARGE", "Request body is too large")
    public static let unauthorized = AuthErrorCode("UNAUTHORIZED", "Unauthorized")
    public static let serviceUnavailable = AuthErrorCode("SERVICE_UNAVAILABLE", "The server is busy. Please try again in a moment.")
    public static let methodNotAllowed = AuthErrorCode(
        "METHOD_NOT_ALLOWED_DEFER_SESSION_REQUIRED", "POST method requires deferSessionRefresh to be enabled in session config")
    public static let notFound = AuthErrorCode("NOT_FOUND", "Not found")
}
