public import JSON

/// An answer of the auth contract that is not a success, as the caller will read it.
///
/// Services throw it too: a better-auth rule is defined by the code and the kind of refusal it answers with.
public struct AuthError: Error, Sendable, Hashable, CustomStringConvertible {
    /// How the request failed; each kind is one HTTP status.
    public enum Kind: Int, Sendable {
        case badRequest = 400
        case unauthorized = 401
        case forbidden = 403
        case notFound = 404
        case methodNotAllowed = 405
        case payloadTooLarge = 413
        case unsupportedMediaType = 415
        case unprocessable = 422
        case tooManyRequests = 429
        case serverError = 500
        case notImplemented = 501
        case unavailable = 503
    }

    public let kind: Kind
    /// nil where the contract sends a bare message, or nothing at all.
    public let code: AuthErrorCode?
    /// nil where the contract answers with an empty body.
    public let message: String?
    /// Further members of the answer, such as `details`.
    public let extra: JSONObject

    /// The HTTP status of the answer.
    public var status: Int { kind.rawValue }

    public init(_ kind: Kind, _ code: AuthErrorCode, message: String? = nil, extra: JSONObject = [:]) {
        self.kind = kind
        self.code = code
        self.message = message ?? code.message
        self.extra = extra
    }

    private init(_ kind: Kind, message: String?) {
        self.kind = kind
        self.code = nil
        self.message = message
        self.extra = [:]
    }

    /// An answer with a status and no body, as some endpoints give without a session.
    static func empty(_ kind: Kind) -> AuthError { AuthError(kind, message: nil) }

    /// An answer with a message and no code.
    static func uncoded(_ kind: Kind, _ message: String) -> AuthError { AuthError(kind, message: message) }

    /// The answer's body; nil where it is empty.
    public var body: JSONValue? {
        guard let message else { return nil }
        var object: JSONObject = ["message": .string(message)]
        if let code { object["code"] = .string(code.rawValue) }
        for (name, value) in extra { object[name] = value }
        return .object(object)
    }

    public var description: String { "\(status) \(code?.rawValue ?? "-") \(message ?? "")" }
}
