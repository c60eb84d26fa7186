public import Hummingbird

/// Something done to every request before it is routed, and to its answer after: at once, without waiting for anything.
///
/// What need not wait is cheaper so than as a middleware, each of which is another layer of asynchronous calls.
public protocol RequestFilter<Context>: Sendable {
    associatedtype Context: RequestContext

    /// - Returns: the answer, when there is nothing to route.
    func began(_ request: Request, _ context: inout Context) -> Response?

    /// Called for every answer; also when a filter before this one gave it, so that ``began(_:_:)`` was not called.
    func ended(_ request: Request, _ context: Context, _ response: inout Response)
}

extension RequestFilter {
    @inlinable
    public func began(_ request: Request, _ context: inout Context) -> Response? { nil }
    @inlinable
    public func ended(_ request: Request, _ context: Context, _ response: inout Response) {}

    /// This filter around another one.
    @inlinable
    public func then<Inner: RequestFilter>(_ inner: Inner) -> FilterPair<Self, Inner> where Inner.Context == Context {
        FilterPair(outer: self, inner: inner)
    }
}

/// Two filters as one: requests pass the outer one first, answers last.
///
/// Inlinable like everything here: every request passes them all.
public struct FilterPair<Outer: RequestFilter, Inner: RequestFilter>: RequestFilter where Outer.Context == Inner.Context {
    public typealias Context = Outer.Context

    @usableFromInline let outer: Outer
    @usableFromInline let inner: Inner

    @inlinable
    init(outer: Outer, inner: Inner) {
        self.outer = outer
        self.inner = inner
    }

    @inlinable
    public func began(_ request: Request, _ context: inout Context) -> Response? {
        outer.began(request, &context) ?? inner.began(request, &context)
    }

    @inlinable
    public func ended(_ request: Request, _ context: Context, _ response: inout Response) {
        inner.ended(request, context, &response)
        outer.ended(request, context, &response)
    }
}

/// A responder inside a filter, which also sees what no route answers. Errors become problems; see ``ErrorAnswers``.
public struct FilteredResponder<Base: HTTPResponder, Filter: RequestFilter>: HTTPResponder
where Filter.Context == Base.Context, Base.Context: RequestIDContext {
    public typealias Context = Base.Context

    @usableFromInline let base: Base
    @usableFromInline let filter: Filter
    @usableFromInline let errors: ErrorAnswers
    @usableFromInline let compression: ResponseCompression?

    /// - Parameter compression: nil leaves every answer as it is.
    @inlinable
    public init(_ base: Base, _ filter: Filter, errors: ErrorAnswers, compression: ResponseCompression? = nil) {
        self.base = base
        self.filter = filter
        self.errors = errors
        self.compression = compression
    }

    @concurrent
    @inlinable
    public func respond(to request: Request, context: Context) async throws -> Response {
        var context = context
        var response: Response
        if let answer = filter.began(request, &context) {
            response = answer
        } else {
            // Here rather than in a middleware: that would be one more layer of asynchronous calls for every request.
            do {
                response = try await base.respond(to: request, context: context)
                if response.status.code >= 400 {
                    response = errors.completed(response, route: context.endpointPath, requestID: context.requestID)
                }
            } catch {
                response = errors.answer(to: error, logger: context.logger, requestID: context.requestID)
            }
        }
        if let compression, compression.mayConcern(response, answering: request) {
            do {
                response = try await compression.compressed(response, answering: request) { [context] get in
                    try await base.respond(to: get, context: context)
                }
            } catch {
                response = errors.answer(to: error, logger: context.logger, requestID: context.requestID)
            }
        }
        filter.ended(request, context, &response)
        return response
    }
}
