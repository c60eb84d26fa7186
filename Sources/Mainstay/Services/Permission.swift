import BetterAuth
import TypedAPI

/// One thing somebody may do: `messages:write` outside, `{"message": ["write"]}` in a key's record.
struct Permission: Hashable, Sendable, CustomStringConvertible {
    enum Resource: String, CaseIterable, Sendable {
        case project, queue, message, schedule, workflow, run, apiKey, secret, usage, audit, billing

        /// The name in the text form: plural where there can be several.
        var plural: String {
            switch self {
            case .usage, .audit, .billing: rawValue
            case .project, .queue, .message, .schedule, .workflow, .run, .apiKey, .secret: rawValue + "s"
            }
        }
    }

    enum Action: String, CaseIterable, Sendable {
        case read, write, delete, replay, cancel
    }

    let resource: Resource
    let action: Action

    init?(resource: Resource, action: Action) {
        switch action {
        case .read, .write, .delete: break
        case .replay: guard resource == .message else { return nil }
        case .cancel: guard resource == .run else { return nil }
        }
        self.resource = resource
        self.action = action
    }

    /// Parses `messages:write`.
    init?(_ text: String) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, let resource = Resource.allCases.first(where: { $0.plural == parts[0] }),
            let action = Action(rawValue: String(parts[1]))
        else { return nil }
        self.init(resource: resource, action: action)
    }

    private init(known resource: Resource, _ action: Action) {
        self.resource = resource
        self.action = action
    }

    var description: String { "\(resource.plural):\(action.rawValue)" }

    static let readProjects = Permission(known: .project, .read)
    static let writeProjects = Permission(known: .project, .write)
    static let readQueues = Permission(known: .queue, .read)
    static let writeQueues = Permission(known: .queue, .write)
    static let readMessages = Permission(known: .message, .read)
    static let writeMessages = Permission(known: .message, .write)
    static let readAPIKeys = Permission(known: .apiKey, .read)
    static let writeAPIKeys = Permission(known: .apiKey, .write)
    static let deleteAPIKeys = Permission(known: .apiKey, .delete)

    static let all: [Permission] = Resource.allCases.flatMap { resource in
        Action.allCases.compactMap { Permission(resource: resource, action: $0) }
    }
}

/// What a member's roles or a key's record allow.
struct PermissionSet: Sendable, Equatable {
    private(set) var permissions: Set<Permission>

    init(_ permissions: some Sequence<Permission>) { self.permissions = Set(permissions) }

    /// What a key's record or a member's roles say: `{"message": ["write"]}`. What is not known here allows nothing.
    init(record: Permissions?) {
        permissions = Set(
            (record?.entries ?? []).flatMap { entry in
                entry.actions.compactMap { action in
                    guard let resource = Permission.Resource(rawValue: entry.resource), let action = Permission.Action(rawValue: action)
                    else { return nil }
                    return Permission(resource: resource, action: action)
                }
            })
    }

    var record: Permissions {
        var record = Permissions()
        for permission in sorted {
            record = record.union([permission.resource.rawValue: [permission.action.rawValue]])
        }
        return record
    }

    var texts: [String] { sorted.map(\.description) }

    /// By their texts.
    var sorted: [Permission] { permissions.sorted { $0.description < $1.description } }

    func contains(_ permission: Permission) -> Bool { permissions.contains(permission) }

    /// Throws 403 `permission_denied`, naming the permission.
    func require(_ permission: Permission) throws {
        guard contains(permission) else {
            throw Problem(.permissionDenied, detail: "This needs the permission \(permission), which you do not have.")
        }
    }
}

extension AccessControl {
    /// better-auth's own statements and roles with the resources of this application, of which organizations can make roles of their own.
    static let mainstay = organizationDefault.adding(
        statements: PermissionSet(Permission.all).record,
        roles: [
            "owner": PermissionSet(Permission.all).record,
            "admin": PermissionSet(Permission.all.filter { $0.resource != .billing }).record,
            "member": PermissionSet(Permission.all.filter(\.isOfMembers)).record,
        ])
}

extension Permission {
    /// Reading all but secrets and the trail of changes, and writing messages and runs.
    fileprivate var isOfMembers: Bool {
        switch action {
        case .read: resource != .secret && resource != .audit
        case .write: resource == .message || resource == .run
        case .delete, .replay, .cancel: false
        }
    }
}
