import Hummingbird
import Primitives
import TypedAPI

/// Establishes the project of the path. An id that is malformed, unknown, another organization's or outside the key's limits is the same 404.
struct ProjectGuard: RequestGuard {
    let projects: ProjectService

    func admitAtOnce(_ request: Request, _ context: ProgramContext) throws -> ProjectContext? {
        projects.known(try id(in: context), in: context.scope).map { ProjectContext(context, $0) }
    }

    func admit(_ request: Request, _ context: ProgramContext) async throws -> ProjectContext {
        guard let project = try await projects.find(try id(in: context), in: context.scope) else { throw Problem(.projectNotFound) }
        return ProjectContext(context, project)
    }

    private func id(in context: ProgramContext) throws -> ProjectID {
        guard let id = context.parameters.get("project").flatMap({ ProjectID($0) }), context.program.projects?.contains(id) ?? true
        else { throw Problem(.projectNotFound) }
        return id
    }
}
