import HTTPTypes
import Hummingbird
import JSON
import Primitives
import TypedAPI

/// `/admin/api-keys`: the organization's own keys, the only kind that `/v1` accepts.
struct APIKeyRoutes {
    let keys: APIKeyService
    let projects: ProjectService

    func add(to group: RouterGroup<AdminContext>) {
        group.post("api-keys") { request, context in try await create(request, context) }
        group.get("api-keys") { request, context in
            try context.require(.readAPIKeys)
            try request.refuseParameters()
            let keys = try await keys.list(in: context.scope)
            return Response.json([
                "data": .array(keys.map { .object($0.json) }), "pagination": ["nextCursor": nil, "hasMore": false],
            ])
        }
        group.delete("api-keys/{apiKey}") { request, context in
            try request.refuseParameters()
            try context.require(.deleteAPIKeys)
            try await keys.delete(context.parameters.get("apiKey") ?? "", in: context.scope)
            return Response(status: .noContent)
        }
    }

    private func create(_ request: Request, _ context: AdminContext) async throws -> Response {
        try context.require(.writeAPIKeys)
        try request.refuseParameters()
        var fields = FieldReader(try await request.jsonObject().object)
        let name = fields.string("name", required: true, length: 1...32, matching: (Text.isPrintable, "Must have no control characters."))
        let permissions = fields.strings(
            "permissions", count: 1...100, message: "Must be a permission such as messages:write.", { Permission($0) })
        let limitedTo = fields.strings("projects", count: 1...100, message: "Must be the id of a project.", { ProjectID($0) })
        let expiresIn = fields.duration("expiresIn", in: .seconds(86_400)...Duration.seconds(365 * 86_400))
        if let limitedTo, fields.errors.isEmpty {
            let existing = try await projects.existing(limitedTo, in: context.scope)
            for (index, id) in limitedTo.enumerated() where !existing.contains(id) {
                fields.fail("projects/\(index)", code: "unknown_project", "Must be the id of a project of this organization.")
            }
        }
        // A key may do no more than whoever makes it.
        for permission in permissions ?? [] where !context.membership.permissions.contains(permission) {
            try context.require(permission)
        }
        try fields.finish()
        guard let name else { throw Problem(.validationFailed) }
        let (key, plain) = try await keys.create(
            name: name, permissions: permissions ?? APIKeyService.defaultPermissions, projects: limitedTo, expiresIn: expiresIn,
            in: context.scope)
        var json = key.json
        json["key"] = .string(plain)
        return .json(["data": .object(json)], status: .created, headers: [.cacheControl: "no-store"])
    }
}
