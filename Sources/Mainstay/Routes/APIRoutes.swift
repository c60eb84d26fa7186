import BetterAuth
import Hummingbird
import TypedAPI

/// The tiers of the API: who may come in, and what there is.
struct APIRoutes {
    let baseURL: String
    let auth: Auth
    let keys: APIKeyService
    let projects: ProjectService
    let queues: QueueService
    let usage: UsageService
    let idempotency: IdempotencyService
    let messages: MessageStore
    let publisher: MessagePublisher

    /// - Returns: the document of each tier.
    /// - Throws: ``APIWiringError`` when endpoints do not fit together.
    func add(to router: Router<AppContext>) throws -> [APITier: OpenAPIDocument] {
        var documents: [APITier: OpenAPIDocument] = [:]
        for tier in APITier.allCases {
            let api = tier.api(baseURL: baseURL)
            switch tier {
            case .v1: addPrograms(to: api, on: router)
            case .admin: addMembers(to: api, on: router)
            case .superadmin: break
            }
            let document = try api.finish()
            document.serve(at: tier.documentPath, on: router)
            DocsPage(document: tier.documentPath).serve(at: tier.docsPath, on: router)
            documents[tier] = document
        }
        return documents
    }

    private func addPrograms(to api: API, on router: Router<AppContext>) {
        let program = api.group("v1", on: router, security: .required("apiKey"), errors: [.invalidAPIKey, .addressNotAllowed]) {
            $0.guarded(by: APIKeyGuard(keys: keys))
        }
        program.add(PingRoutes().endpoints)
        program.add(MeRoutes(usage: usage).endpoints)
        let project = program.group("projects/{project}", parameters: ProjectPath.self, errors: [.projectNotFound]) {
            $0.guarded(by: ProjectGuard(projects: projects))
        }
        project.add(QueueRoutes(queues: queues, idempotency: idempotency).endpoints)
        project.add(MessageRoutes(queues: queues, messages: messages, publisher: publisher).endpoints)
    }

    private func addMembers(to api: API, on router: Router<AppContext>) {
        let errors: [ProblemType] = [.unauthenticated, .originNotAllowed, .organizationRequired, .organizationNotFound]
        let member = api.group(
            "admin", on: router, security: .required("session"), headers: OrganizationHeader.self, errors: errors
        ) {
            $0.add(middleware: SessionAuth(auth: auth)).add(middleware: OrganizationValidation(auth: auth)).group(
                context: AdminContext.self)
        }
        member.add(ProjectRoutes(projects: projects, usage: usage).endpoints)
        member.add(APIKeyRoutes(keys: keys, projects: projects).endpoints)
    }
}
