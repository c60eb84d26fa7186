import JSON
import TypedAPI

/// Which organization a request means; without either, the session's active one.
@Schema struct OrganizationQuery {
    @Field("organizationId", .notNull) var organizationID: String?
    @Field(.notNull) var organizationSlug: String?
}

/// One text, or several: roles and teams.
@Schema enum OneOrMany {
    case one(String)
    case many([String])

    /// Each text on its own; commas split too.
    var list: [String] {
        let texts =
            switch self {
            case .one(let text): [text]
            case .many(let texts): texts
            }
        return texts.flatMap { $0.split(separator: ",") }.map { text in
            String(text.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
        }.filter { !$0.isEmpty }
    }
}
