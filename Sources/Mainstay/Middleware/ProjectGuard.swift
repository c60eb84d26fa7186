import Hummingbird
import Primitives
import TypedAPI

/// Establishes the project of the path. An id that is malformed, unknown, another organization's or outside the key's limits is the same 404.
struct ProjectValidation: RouterMiddleware {
    let projects: ProjectService

    func handle(_ request: Request, context: ProgramContext, next: Next<ProgramContext>) async throws -> Response {
        guard let id = context.parameters.get("project").flatMap({ ProjectID($0) }), context.program.projects?.contains(id) ?? true,
            let project = try await projects.find(id, in: context.scope)
        else { throw Problem(.projectNotFound) }
        var context = context
        context.project = project
        return try await next(request, context)
    }
}
