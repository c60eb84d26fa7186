import HTTPTypes
import Hummingbird
import JSON
import Primitives
import TypedAPI

/// `/admin/projects`
struct ProjectRoutes {
    let projects: ProjectService
    let usage: UsageService

    func add(to group: RouterGroup<AdminContext>) {
        group.post("projects") { request, context in try await create(request, context) }
        group.get("projects") { request, context in
            try context.require(.readProjects)
            let page = try await projects.list(PageRequest(parameters: request.uri.queryParameters), in: context.scope)
            return Response.json(page.json(\.json))
        }
        group.get("projects/{project}") { request, context in
            try request.refuseParameters()
            try context.require(.readProjects)
            guard let id = context.parameters.get("project").flatMap({ ProjectID($0) }),
                let project = try await projects.find(id, in: context.scope)
            else { throw Problem(.projectNotFound) }
            return Response.json(["data": project.json])
        }
    }

    private func create(_ request: Request, _ context: AdminContext) async throws -> Response {
        try context.require(.writeProjects)
        try request.refuseParameters()
        var fields = FieldReader(try await request.jsonObject().object)
        let name = fields.string("name", required: true, length: 1...100, matching: (Text.isPrintable, "Must have no control characters."))
        let slug = fields.string(
            "slug", length: 3...40,
            matching: (ProjectSlug.isValid, "Must be of a-z, 0-9 and hyphen, beginning and ending with a letter or digit."))
        try fields.finish()
        guard let name else { throw Problem(.validationFailed) }
        let plan = try await usage.plan(in: context.scope)
        let project = try await projects.create(
            name: name, slug: slug, limit: plan.limits.projects, in: context.scope)
        return .json(["data": project.json], status: .created, headers: [.location: "/admin/projects/\(project.id)"])
    }
}

extension Project {
    var json: JSONValue {
        [
            "id": .string(id.description), "name": .string(name), "slug": .string(slug), "createdAt": .string(createdAt.rfc3339),
            "updatedAt": .string(updatedAt.rfc3339),
        ]
    }
}

enum Text {
    /// Without control characters, and with something to see.
    static func isPrintable(_ text: String) -> Bool {
        text.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control } && text.contains { !$0.isWhitespace }
    }
}
