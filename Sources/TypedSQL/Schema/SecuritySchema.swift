public enum RowSecurity: String, Codable, Sendable {
    case off
    case enabled
    /// For the table's owner as well.
    case forced
}

public struct PolicySchema: Hashable, Codable, Sendable {
    public enum Command: String, Codable, Sendable {
        case all
        case select
        case insert
        case update
        case delete
    }

    public var name: String
    public var isPermissive = true
    public var command = Command.all
    /// Empty for everyone.
    public var roles: [String] = []
    public var using: String?
    public var check: String?

    public init(
        name: String, isPermissive: Bool = true, command: Command = .all, roles: [String] = [], using: String? = nil,
        check: String? = nil
    ) {
        self.name = name
        self.isPermissive = isPermissive
        self.command = command
        self.roles = roles
        self.using = using
        self.check = check
    }
}

public struct GrantSchema: Hashable, Codable, Sendable {
    public enum Privilege: String, Codable, Sendable, CaseIterable {
        case select
        case insert
        case update
        case delete
        case truncate
        case references
        case trigger
    }

    public var privileges: [Privilege]
    public var roles: [String]

    public init(privileges: [Privilege], roles: [String]) {
        self.privileges = privileges
        self.roles = roles
    }
}

/// A role that the database needs. Migrations make it without LOGIN where it is missing and let their own role act as it; they never drop
/// one, since other databases of the cluster may use it.
public struct RoleSchema: Hashable, Codable, Sendable {
    public var name: String

    public init(_ name: String) { self.name = name }
}

/// What roles may do with a schema.
public struct SchemaGrant: Hashable, Codable, Sendable {
    public enum Privilege: String, Codable, Sendable, CaseIterable {
        case usage
        case create
    }

    public var schema: String
    public var privileges: [Privilege]
    public var roles: [String]

    public init(_ privileges: [Privilege] = [.usage], on schema: String = "public", to roles: [String]) {
        self.schema = schema
        self.privileges = privileges
        self.roles = roles
    }
}
