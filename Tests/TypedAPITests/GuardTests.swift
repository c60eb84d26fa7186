import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Logging
import Synchronization
import Testing
import TypedAPI

/// Who comes in by name: `ada` is known, `bob` has to be looked up.
private struct NameGuard: RequestGuard {
    let lookUps: Counter

    func admitAtOnce(_ request: Request, _ context: TestContext) throws -> NamedContext? {
        guard let name = request.headers[.authorization] else { throw Problem(.badRequest) }
        return name == "ada" ? NamedContext(context, "known ada") : nil
    }

    func admit(_ request: Request, _ context: TestContext) async throws -> NamedContext {
        lookUps.add()
        await Task.yield()
        guard request.headers[.authorization] == "bob" else { throw Problem(.badRequest) }
        return NamedContext(context, "found bob")
    }
}

private struct NamedContext: AdmittedContext, RequestIDContext {
    var coreContext: CoreRequestContextStorage
    var requestID: String
    let name: String

    init(_ context: TestContext, _ name: String) {
        coreContext = context.coreContext
        requestID = context.requestID
        self.name = name
    }
}

private final class Counter: Sendable {
    private let number = Mutex(0)
    var value: Int { number.withLock { $0 } }
    func add() { number.withLock { $0 += 1 } }
}

private struct Exclaim: RouterMiddleware {
    func handle(_ request: Request, context: NamedContext, next: @concurrent (Request, NamedContext) async throws -> Response) async throws
        -> Response
    {
        var response = try await next(request, context)
        response.headers[.server] = "\(context.name)!"
        return response
    }
}

@Suite struct GuardTests {
    @Test("A guard admits at once, admits after a look-up, or refuses; middleware goes inside it")
    func admission() async throws {
        let lookUps = Counter()
        let router = Router(context: TestContext.self)
        let inside = router.group("inside").guarded(by: NameGuard(lookUps: lookUps))
        inside.get("{thing}") { _, context in "\(context.name): \(context.parameters.get("thing") ?? "")" }
        inside.group("loud").add(middleware: Exclaim()).get("x") { _, context in context.name }
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        let app = Application(
            responder: FilteredResponder(router.buildResponder(), RequestIDFilter(), errors: ErrorAnswers(baseURL: "https://x.example")),
            logger: logger)
        try await app.test(.router) { client in
            func ask(_ path: String, _ name: String?) async throws -> TestResponse {
                try await client.execute(uri: path, method: .get, headers: name.map { [.authorization: $0] } ?? [:])
            }
            let known = try await ask("/inside/a", "ada")
            #expect(String(buffer: known.body) == "known ada: a" && lookUps.value == 0)
            let found = try await ask("/inside/b", "bob")
            #expect(String(buffer: found.body) == "found bob: b" && lookUps.value == 1)
            let (unknown, nameless) = (try await ask("/inside/b", "eve"), try await ask("/inside/b", nil))
            #expect(unknown.status == .badRequest && nameless.status == .badRequest && lookUps.value == 2)
            let loud = try await ask("/inside/loud/x", "bob")
            #expect(loud.headers[.server] == "found bob!")
        }
    }
}
