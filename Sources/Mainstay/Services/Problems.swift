import HTTPTypes
import TypedAPI

/// Every kind of failure of this application. The explanation is shown at `/problems/<code>` and is the detail unless a better one is at hand.
extension ProblemType {
    static let unauthenticated = ProblemType(
        "unauthenticated", .unauthorized, "Not signed in",
        explanation: "This needs a session. Sign in at /api/auth/sign-in/email and send its cookie.")
    static let originNotAllowed = ProblemType(
        "origin_not_allowed", .forbidden, "Origin not allowed",
        explanation:
            "A request that changes something with a session cookie must come from a trusted origin: send an Origin header that names one.")
    static let organizationRequired = ProblemType(
        "organization_required", .badRequest, "Organization required",
        explanation: "Name the organization with the header X-Organization-Id, or make one active with /api/auth/organization/set-active.")
    static let organizationNotFound = ProblemType(
        "organization_not_found", .notFound, "No such organization",
        explanation: "There is no such organization, or you are not a member of it.")
    static let permissionDenied = ProblemType(
        "permission_denied", .forbidden, "Permission denied",
        explanation: "Your role, or this API key, lacks the permission named in the detail.")
    static let invalidAPIKey = ProblemType(
        "invalid_api_key", .unauthorized, "Invalid API key",
        explanation:
            "Send an organization's API key as \"Authorization: Bearer ms_…\". The key sent is missing, unknown, disabled, expired or revoked."
    )
    static let projectNotFound = ProblemType(
        "project_not_found", .notFound, "No such project", explanation: "There is no such project among those you may use.")
    static let projectSlugTaken = ProblemType(
        "project_slug_taken", .conflict, "Slug taken", explanation: "Another project of this organization has that slug. Choose another.")
    static let queueNotFound = ProblemType(
        "queue_not_found", .notFound, "No such queue", explanation: "There is no such queue in this project.")
    static let queueNameTaken = ProblemType(
        "queue_name_taken", .conflict, "Name taken",
        explanation: "Another queue of this project has that name. Choose another, or use that queue.")
    static let messageNotFound = ProblemType(
        "message_not_found", .notFound, "No such message",
        explanation: "There is no such message in this queue, or its retention has passed.")
    static let apiKeyNotFound = ProblemType(
        "api_key_not_found", .notFound, "No such API key", explanation: "There is no such API key in this organization.")
    static let apiKeyExpired = ProblemType(
        "api_key_expired", .conflict, "API key expired", explanation: "The key has expired: make another one instead of rotating it.")
    static let tooManyFormerKeys = ProblemType(
        "too_many_former_keys", .conflict, "Too many replaced keys",
        explanation:
            "As many keys that this one replaced as are allowed still count. Wait for one to end, or rotate with the overlap PT0S, which ends them all."
    )
    static let addressNotAllowed = ProblemType(
        "address_not_allowed", .forbidden, "Address not allowed",
        explanation:
            "The API key is limited to addresses, and the request came from another one. The detail names it; behind proxies the operator's TRUSTED_PROXIES decides which one counts."
    )
    static let payloadTooLarge = ProblemType(
        "payload_too_large", .contentTooLarge, "Payload too large",
        explanation: "The payload is larger than the organization's plan allows.")
    static let usageLimitExceeded = ProblemType(
        "usage_limit_exceeded", .tooManyRequests, "Usage limit exceeded",
        explanation:
            "The organization has used up this month's messages. The limit resets at the start of the next month, UTC; a larger plan lifts it at once."
    )
    static let planLimitReached = ProblemType(
        "plan_limit_reached", .forbidden, "Plan limit reached",
        explanation: "The organization's plan allows no more of these. A larger plan does.")
    static let metricsTokenRequired = ProblemType(
        "metrics_token_required", .unauthorized, "Metrics token required",
        explanation: "Send the token that METRICS_TOKEN names as \"Authorization: Bearer …\".")
    static let storeUnavailable = ProblemType(
        "store_unavailable", .serviceUnavailable, "Store unavailable",
        explanation: "The database cannot be reached or did not answer in time. Nothing was lost that was accepted; try again shortly.")
    static let overloaded = ProblemType(
        "overloaded", .serviceUnavailable, "Overloaded",
        explanation: "The server has more to do than it can finish in time. Nothing was done; send the request again shortly.")
    static let timedOut = ProblemType(
        "timed_out", .serviceUnavailable, "Timed out",
        explanation:
            "A store did not answer in time. What was asked may or may not have been done: repeat it with the same Idempotency-Key.")
    static let stopped = ProblemType(
        "stopped", .serviceUnavailable, "Stopped",
        explanation:
            "The server stops and could not finish this in time. It may or may not have been done: repeat it with the same Idempotency-Key."
    )
    static let shuttingDown = ProblemType(
        "shutting_down", .serviceUnavailable, "Shutting down",
        explanation: "This server is stopping. Send the request again; another will take it.")

    static let all: [ProblemType] =
        general + idempotency + [
            .unauthenticated, .originNotAllowed, .organizationRequired, .organizationNotFound, .permissionDenied, .invalidAPIKey,
            .projectNotFound, .projectSlugTaken, .queueNotFound, .queueNameTaken, .messageNotFound, .apiKeyNotFound, .apiKeyExpired,
            .tooManyFormerKeys, .addressNotAllowed, .payloadTooLarge,
            .usageLimitExceeded, .planLimitReached, .storeUnavailable,
            .metricsTokenRequired, .overloaded, .timedOut, .stopped, .shuttingDown,
        ]
}
