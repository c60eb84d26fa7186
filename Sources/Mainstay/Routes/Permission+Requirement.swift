import Hummingbird
import JSON
import TypedAPI

/// A context that knows what its caller may do.
protocol PermittedContext: RequestContext {
    var permissions: PermissionSet { get }
}

extension AdminContext: PermittedContext {
    var permissions: PermissionSet { membership.permissions }
}

extension ProjectContext: PermittedContext {
    var permissions: PermissionSet { program.permissions }
}

extension Requirement where Context: PermittedContext {
    /// The caller has this permission.
    static func permission(_ permission: Permission) -> Requirement {
        Requirement(scope: permission.description, errors: [.permissionDenied]) { _, context in
            try context.permissions.require(permission)
        }
    }
}

extension Permission: SchemaText {
    init?(schemaText text: String) { self.init(text) }
    var schemaText: String { description }
    static var schemaForm: TextForm { TextForm("a permission such as messages:write") }

    static func schema(in catalog: inout SchemaCatalog) -> JSONObject {
        catalog.define("Permission", Permission.self) { _ in
            ["type": "string", "enum": .array(all.map { .string($0.description) }), "description": "What a member or a key may do."]
        }
    }
}
