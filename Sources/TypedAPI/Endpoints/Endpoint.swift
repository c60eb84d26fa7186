public import HTTPTypes
public import Hummingbird
import JSON

/// One operation of an API: what it is called, what it takes, everything it can answer, and what does it.
///
///     Endpoint<RunContext>.post("createRun", "runs", "Start a run")
///         .body(CreateRun.self)
///         .errors(.quotaExceeded)
///         .requires(.permission(.writeRuns))
///         .handle { input, context in Created(try await runs.start(input.body, in: context.scope)) }
///
/// It is served and documented by an ``APIGroup``, which also says where its path begins, who may call, and by which dialect.
public struct Endpoint<Context: RequestContext>: Sendable {
    public let operation: Operation
    private let makeResponder: @Sendable (Dialect) -> any HTTPResponder<Context>

    @usableFromInline
    init(_ operation: Operation, _ makeResponder: @escaping @Sendable (Dialect) -> any HTTPResponder<Context>) {
        self.operation = operation
        self.makeResponder = makeResponder
    }

    /// What serves it, for those who route by themselves; an ``APIGroup`` does it otherwise.
    public func responder(in dialect: Dialect = .problems) -> any HTTPResponder<Context> { makeResponder(dialect) }
}

/// Reads a request, hands it to the endpoint's handler, and writes what that answers.
///
/// A responder of its own rather than a closure: one layer of asynchronous calls, specialized where the endpoint is declared.
@usableFromInline
struct EndpointResponder<
    Context: RequestContext, Path: SchemaObject, Query: SchemaObject, Headers: SchemaObject, Body: SchemaValue, Output: EndpointOutput
>: HTTPResponder {
    @usableFromInline let plan: InputPlan<Path, Query, Headers, Body>
    @usableFromInline let requires: [Requirement<Context>]
    @usableFromInline let mediaTypes: OfferedTypes
    @usableFromInline let upload: [String]
    @usableFromInline let handler: @Sendable (RequestInput<Path, Query, Headers, Body>, Context) async throws -> Output

    @inlinable
    init(
        _ dialect: Dialect, _ requires: [Requirement<Context>], _ upload: [String],
        _ handler: @escaping @Sendable (RequestInput<Path, Query, Headers, Body>, Context) async throws -> Output
    ) {
        plan = InputPlan(dialect: dialect)
        self.requires = requires
        mediaTypes = OfferedTypes(of: Output.self)
        self.upload = upload
        self.handler = handler
    }

    @concurrent
    @inlinable
    func respond(to request: Request, context: Context) async throws -> Response {
        for requirement in requires { try requirement.check(request, context) }
        if let accept = request.headers.value(of: .accept), !mediaTypes.satisfy(accept) {
            throw plan.dialect.render(.notAcceptable(mediaTypes.names))
        }
        if !upload.isEmpty, !OfferedTypes.contains(request.headers[.contentType], upload) {
            throw plan.dialect.render(.unsupportedMediaType)
        }
        let output = try await handler(try await plan.read(request, context.parameters), context)
        return try output.response(to: request)
    }
}
