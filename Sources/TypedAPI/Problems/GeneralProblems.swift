import HTTPTypes

/// The problems any API has, whatever it is about.
extension ProblemType {
    public static let routeNotFound = ProblemType(
        "route_not_found", .notFound, "No such route",
        explanation: "Nothing answers this method and path. Check both against the API reference.")
    public static let methodNotAllowed = ProblemType(
        "method_not_allowed", .methodNotAllowed, "Method not allowed",
        explanation: "This path exists, but not with this method. The header Allow lists the methods that it has.")
    public static let methodNotImplemented = ProblemType(
        "method_not_implemented", .notImplemented, "Method not implemented",
        explanation: "The server does not know this method at all. Methods are case-sensitive.")
    public static let malformedRequest = ProblemType(
        "malformed_request", .badRequest, "Malformed request", explanation: "What was sent is not a valid HTTP request.")
    public static let requestTimeout = ProblemType(
        "request_timeout", .requestTimeout, "Request too slow",
        explanation: "The request did not arrive whole within the time the server waits for one.")
    public static let addressTooLong = ProblemType(
        "address_too_long", .uriTooLong, "Address too long",
        explanation: "The path and query of the request are longer than the server accepts.")
    public static let headersTooLarge = ProblemType(
        "headers_too_large", .requestHeaderFieldsTooLarge, "Headers too large",
        explanation: "The request's header fields are too many, or too large, for the server to accept.")
    public static let malformedJSON = ProblemType(
        "malformed_json", .badRequest, "Malformed JSON", explanation: "The body is not valid JSON. The detail says where it stops being so."
    )
    public static let bodyRequired = ProblemType(
        "body_required", .badRequest, "Body required", explanation: "This request needs a JSON body and came without one.")
    public static let bodyTooLarge = ProblemType(
        "body_too_large", .contentTooLarge, "Body too large", explanation: "The request body is larger than the server accepts.")
    public static let unsupportedMediaType = ProblemType(
        "unsupported_media_type", .unsupportedMediaType, "Unsupported media type",
        explanation: "Send the body as JSON, with the header \"Content-Type: application/json\".")
    public static let notAcceptable = ProblemType(
        "not_acceptable", .notAcceptable, "Not acceptable",
        explanation: "The header Accept rules out every media type that this can be answered in. The detail names them.")
    public static let preconditionFailed = ProblemType(
        "precondition_failed", .preconditionFailed, "Precondition failed",
        explanation: "The resource has changed: the header If-Match names other versions than its current one. Read it again first.")
    public static let rangeNotSatisfiable = ProblemType(
        "range_not_satisfiable", .rangeNotSatisfiable, "Range not satisfiable",
        explanation: "The header Range asks for bytes past the end. Content-Range tells how many there are.")
    public static let validationFailed = ProblemType(
        "validation_failed", .unprocessableContent, "Validation failed",
        explanation: "The request is well-formed, but some of its values are not acceptable. Every one is listed in \"errors\".")
    public static let invalidCursor = ProblemType(
        "invalid_cursor", .badRequest, "Invalid cursor", explanation: "The cursor is not one that a list answered. Start again without it.")
    public static let internalError = ProblemType(
        "internal_error", .internalServerError, "Internal error",
        explanation: "Something went wrong on the server. Quote the request id when you report it.")
    public static let badRequest = ProblemType(
        "bad_request", .badRequest, "Bad request", explanation: "The request could not be understood.")

    public static let general: [ProblemType] = [
        .routeNotFound, .methodNotAllowed, .methodNotImplemented, .malformedRequest, .requestTimeout, .addressTooLong, .headersTooLarge,
        .malformedJSON, .bodyRequired, .bodyTooLarge, .unsupportedMediaType, .notAcceptable, .preconditionFailed,
        .rangeNotSatisfiable, .validationFailed, .invalidCursor, .internalError, .badRequest,
    ]
}
