public import HTTPTypes
public import JSON

/// A kind of failure an API answers with: what its clients branch on, and what its explanation page says.
public struct ProblemType: Hashable, Sendable {
    /// Lower snake case, never changed once published: `project_not_found`.
    public let code: String
    public let status: HTTPResponse.Status
    /// The same few words every time.
    public let title: String
    /// For the page behind the problem's `type`: when it happens and what to do.
    public let explanation: String

    public init(_ code: String, _ status: HTTPResponse.Status, _ title: String, explanation: String) {
        self.code = code
        self.status = status
        self.title = title
        self.explanation = explanation
    }
}

/// A failure as the caller gets to see it: RFC 9457 `application/problem+json`.
///
/// `detail` is written for the caller and never repeats what was sent; `underlying` is for the log alone.
public struct Problem: Error, Sendable {
    public let type: ProblemType
    public var detail: String
    /// Every field or parameter that is wrong, all at once.
    public var errors: [FieldError]
    public var headers: HTTPFields
    public var underlying: (any Error)?

    public init(
        _ type: ProblemType, detail: String? = nil, errors: [FieldError] = [], headers: HTTPFields = [:], underlying: (any Error)? = nil
    ) {
        self.type = type
        self.detail = detail ?? type.explanation
        self.errors = errors
        self.headers = headers
        self.underlying = underlying
    }

    /// The members of RFC 9457, and `code`, `requestId`, `errors`.
    ///
    /// - Parameter baseURL: the public origin, under which `/problems/<code>` explains the type.
    public func body(baseURL: String, requestID: String) -> JSONValue {
        var body: JSONObject = [
            "type": .string("\(baseURL)/problems/\(type.code)"),
            "title": .string(type.title),
            "status": .number(type.status.code),
            "detail": .string(detail),
            "code": .string(type.code),
            "requestId": .string(requestID),
        ]
        if !errors.isEmpty { body["errors"] = .array(errors.map(\.json)) }
        return .object(body)
    }
}

/// One thing wrong with a request: where, a code, and a sentence that never repeats the value.
public struct FieldError: Hashable, Sendable {
    public enum Place: Hashable, Sendable {
        /// RFC 6901 pointer into the body: `/destination/url`.
        case pointer(String)
        /// A query, path or header parameter.
        case parameter(String)
    }

    public let place: Place
    public let code: String
    public let message: String

    public init(_ place: Place, code: String, message: String) {
        self.place = place
        self.code = code
        self.message = message
    }

    var json: JSONValue {
        switch place {
        case .pointer(let pointer): ["pointer": .string(pointer), "code": .string(code), "message": .string(message)]
        case .parameter(let name): ["parameter": .string(name), "code": .string(code), "message": .string(message)]
        }
    }
}
