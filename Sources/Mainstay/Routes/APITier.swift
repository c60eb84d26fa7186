import Hummingbird
import JSON
import TypedAPI

/// A part of the API with callers of its own, and a document of its own at `/<tier>/openapi.json`.
public enum APITier: String, CaseIterable, Sendable {
    /// Programs, with an API key.
    case v1
    /// Members, with a session.
    case admin
    /// Operators.
    case superadmin

    var documentPath: String { "/\(rawValue)/openapi.json" }
    /// The page that draws the document.
    var docsPath: String { "/\(rawValue)/docs" }

    var info: APIInfo {
        switch self {
        case .v1:
            APIInfo(
                title: "Mainstay", version: Version.current,
                description:
                    "Queues of messages, stored and delivered to your HTTP endpoints. Send an organization's API key as `Authorization: Bearer ms_…`.",
                tags: [
                    ("account", "Whom the key acts for, and what it may still use."),
                    ("queues", "Where messages go, and how often it is tried."),
                    ("messages", "What is delivered."),
                ])
        case .admin:
            APIInfo(
                title: "Mainstay administration", version: Version.current,
                description: "What the members of an organization do: projects and API keys. Sign in at `/api/auth` first.",
                tags: [
                    ("projects", "What an organization keeps apart."),
                    ("api keys", "What the organization's programs call the public API with."),
                ])
        case .superadmin:
            APIInfo(title: "Mainstay operation", version: Version.current, description: "What operators do for every organization.")
        }
    }

    var security: [SecurityScheme] {
        switch self {
        case .v1:
            [
                SecurityScheme(
                    "apiKey", .bearer(format: nil), description: "An organization's API key, made at `/admin/api-keys`: `ms_…`.")
            ]
        case .admin, .superadmin:
            [
                SecurityScheme(
                    "session", .cookie("better-auth.session_token"),
                    description:
                        "The session of a member who signed in at `/api/auth`; over https the cookie's name begins with `__Secure-`. Whatever changes something needs an `Origin` that is trusted."
                )
            ]
        }
    }

    func api(baseURL: String) -> API {
        var info = info
        info.servers = [baseURL]
        return API(info, security: security, dialect: .mainstay, errors: [.internalError, .storeUnavailable, .timedOut])
    }
}

/// The header that says which of their organizations a member acts in.
@Schema struct OrganizationHeader {
    /// The session's active organization when it is left out.
    @Field("x-organization-id", .length(1...64)) var organization: String?
}
