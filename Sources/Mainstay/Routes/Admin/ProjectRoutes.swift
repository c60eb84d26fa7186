import HTTPTypes
import Primitives
import TypedAPI

/// `/admin/projects`
struct ProjectRoutes {
    let projects: ProjectService
    let usage: UsageService

    var endpoints: [Endpoint<AdminContext>] { [create, list, find] }

    private var create: Endpoint<AdminContext> {
        .post("createProject", "projects", "Create a project")
            .tags("projects")
            .body(CreateProject.self, example: CreateProject(name: "Billing", slug: "billing"))
            .errors(.projectSlugTaken, .planLimitReached)
            .requires(.permission(.writeProjects))
            .handle { input, context in
                let plan = try await usage.plan(in: context.scope)
                let project = try await projects.create(
                    name: input.body.name, slug: input.body.slug, limit: plan.limits.projects, in: context.scope)
                return WithHeaders(Created(Resource(ProjectView(project))), LocationHeader("/admin/projects/\(project.id)"))
            }
    }

    private var list: Endpoint<AdminContext> {
        .get("listProjects", "projects", "List projects")
            .description("Newest first.")
            .tags("projects")
            .query(PageQuery.self)
            .errors(.invalidCursor)
            .requires(.permission(.readProjects))
            .handle { input, context in
                let rows = try await projects.list(input.query, in: context.scope)
                return OK(Page(rows, limit: input.query.limit, key: \.id.uuid) { ProjectView($0) })
            }
    }

    private var find: Endpoint<AdminContext> {
        .get("getProject", "projects/{project}", "Get a project")
            .tags("projects")
            .path(ProjectPath.self)
            .errors(.projectNotFound)
            .requires(.permission(.readProjects))
            .handle { input, context in
                guard let project = try await projects.find(input.path.project, in: context.scope) else { throw Problem(.projectNotFound) }
                return OK(Resource(ProjectView(project)))
            }
    }
}

@Schema struct ProjectPath {
    /// The project's id.
    var project: ProjectID
}

@Schema struct CreateProject {
    @Field(.length(1...100), .pattern(PrintableText.pattern, message: PrintableText.message)) var name: String
    /// 3 to 40 of a-z, 0-9 and hyphen, for addresses; made from the name when it is left out.
    @Field(
        .notNull,
        .pattern(ProjectSlug.pattern, message: "Must be 3 to 40 of a-z, 0-9 and hyphen, beginning and ending with a letter or digit."))
    var slug: String?
}

/// What an organization keeps apart: queues and keys belong to a project.
@Schema(name: "Project")
struct ProjectView {
    var id: ProjectID
    var name: String
    var slug: String
    var createdAt: Timestamp
    var updatedAt: Timestamp

    init(_ project: Project) {
        id = project.id
        name = project.name
        slug = project.slug
        createdAt = project.createdAt
        updatedAt = project.updatedAt
    }
}
