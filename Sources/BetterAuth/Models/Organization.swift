public import JSON
import PostgresClient
public import Primitives
public import TypedSQL

/// A row of `organization`.
@Table("organization", naming: .camelCase)
public struct Organization: Hashable, Sendable {
    @Column(.primaryKey) public var id: String
    public var name: String
    @Column(.unique) public var slug: String
    public var logo: String?
    public var createdAt: Timestamp
    /// JSON text, as stored.
    public var metadata: String?

    /// Reads give the metadata as the stored text.
    public var json: JSONObject {
        [
            "name": .string(name), "slug": .string(slug), "logo": .string(orNull: logo), "createdAt": .time(createdAt),
            "metadata": .string(orNull: metadata), "id": .string(id),
        ]
    }

    /// Writes give the metadata as an object, or leave it out: a difference that better-auth clients know.
    var writtenJSON: JSONObject {
        var object: JSONObject = [
            "name": .string(name), "slug": .string(slug), "logo": .string(orNull: logo), "createdAt": .time(createdAt),
        ]
        if let metadata, let value = try? JSONValue(parsing: metadata) { object["metadata"] = value }
        object["id"] = .string(id)
        return object
    }
}
