import HTTPTypes
import Hummingbird
import Primitives
import TypedAPI

/// An API as one would write it, for tests: runs in projects, kept in no place at all.
struct RunAPI {
    static let quotaExceeded = ProblemType("quota_exceeded", HTTPResponse.Status(code: 402), "Quota exceeded", explanation: "Buy more.")
    static let runNotFound = ProblemType("run_not_found", .notFound, "No such run", explanation: "There is no such run.")
    static let forbidden = ProblemType("forbidden", .forbidden, "Forbidden", explanation: "Not yours.")

    typealias Context = BasicRequestContext

    static var create: Endpoint<Context> {
        .post("createRun", "runs", "Start a run")
            .description("It begins at once.")
            .tags("runs")
            .query(DryRun.self)
            .headers(IdempotencyHeaders.self)
            .body(NewRun.self, example: NewRun(name: "nightly"))
            .errors([quotaExceeded] + ProblemType.idempotency)
            .requires(
                Requirement(scope: "runs:write", errors: [forbidden]) { request, _ in
                    if request.headers[.authorization] == "Bearer reader" { throw Problem(forbidden) }
                }
            )
            .handle(answer: Created(Resource(RunView(name: "nightly", isDry: false)))) { input, _ in
                if input.body.name == "expensive" { throw Problem(quotaExceeded) }
                return Created(Resource(RunView(name: input.body.name, isDry: input.query.isDry)), headers: [.location: "/v1/runs/1"])
            }
    }

    static var find: Endpoint<Context> {
        .get("findRun", "runs/{run}", "A run").path(RunPath.self).errors(runNotFound).handle { input, _ in
            guard input.path.run < 10 else { throw Problem(runNotFound) }
            return Conditional(RunView(name: "run \(input.path.run)", isDry: false))
        }
    }

    static var list: Endpoint<Context> {
        .get("listRuns", "runs", "All runs").query(PageQuery.self).errors(.invalidCursor).handle { input, _ in
            let first = try input.query.after().map { $0.low + 1 } ?? 0
            let rows = (first..<min(first + UInt64(input.query.limit) + 1, 5)).map { UUIDv7(high: 0, low: $0) }
            return OK(Page(rows, limit: input.query.limit, key: { $0 }) { RunView(name: "run \($0.low)", isDry: false) })
        }
    }

    static var delete: Endpoint<Context> {
        .delete("deleteRun", "runs/{run}", "Forget a run").path(RunPath.self).errors(.preconditionFailed).handle { input, _ in
            try input.request.requireMatch(EntityTag("v\(input.path.run)"))
            return NoContent()
        }
    }

    static func router(dialect: Dialect = .problems, _ endpoints: [Endpoint<Context>] = [create, find, list, delete]) throws -> (
        router: Router<Context>, document: OpenAPIDocument
    ) {
        let router = Router(context: Context.self, options: .autoGenerateHeadEndpoints)
        router.add(middleware: PlainProblems())
        let api = API(
            APIInfo(title: "Runs", version: "1.0", servers: ["https://api.test"], tags: [("runs", "What runs.")]),
            security: [SecurityScheme("key", .bearer(format: nil), description: "A key.")], dialect: dialect)
        api.group("v1", on: router, security: .required("key")).add(endpoints)
        let document = try api.finish()
        document.serve(at: "/v1/openapi.json", on: router)
        router.addMethodProblems()
        return (router, document)
    }
}

@Schema struct NewRun: Equatable {
    /// What people call it.
    @Field(.trimmed, .length(1...20)) var name: String
    var tags: [String] = []
    var note: String?
}

@Schema struct DryRun { var isDry: Bool = false }

@Schema struct RunPath { var run: Int }

@Schema struct RunView: Equatable {
    var name: String
    var isDry: Bool
    var note: String? = nil
}

/// What ``ProblemMiddleware`` does, for contexts without a request id.
struct PlainProblems<Context: RequestContext>: RouterMiddleware {
    func handle(
        _ request: Request, context: Context, next: @concurrent (Request, Context) async throws -> Response
    ) async throws -> Response {
        do {
            return try await next(request, context)
        } catch let problem as Problem {
            return problem.response(baseURL: "https://api.test", requestID: "req_test")
        }
    }
}
