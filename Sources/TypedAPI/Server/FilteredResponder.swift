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
    public func began(_ request: Request, _ context: inout Context) -> Response? { nil }
    public func ended(_ request: Request, _ context: Context, _ response: inout Response) {}

    /// This filter around another one.
    public func then<Inner: RequestFilter>(_ inner: Inner) -> FilterPair<Self, Inner> where Inner.Context == Context {
        FilterPair(outer: self, inner: inner)
    }
}

/// Two filters as one: requests pass the outer one first, answers last.
public struct FilterPair<Outer: RequestFilter, Inner: RequestFilter>: RequestFilter where Outer.Context == Inner.Context {
    public typealias Context = Outer.Context

    let outer: Outer
    let inner: Inner

    public func began(_ request: Request, _ context: inout Context) -> Response? {
        outer.began(request, &context) ?? inner.began(request, &context)
    }

    public func ended(_ request: Request, _ context: Context, _ response: inout Response) {
        inner.ended(request, context, &response)
        outer.ended(request, context, &response)
    }
}

/// A responder inside a filter, which also sees what no route answers.
///
/// The responder must turn its errors into answers: what it throws passes the filter by.
public struct FilteredResponder<Base: HTTPResponder, Filter: RequestFilter>: HTTPResponder where Filter.Context == Base.Context {
    public typealias Context = Base.Context

    private let base: Base
    private let filter: Filter

    public init(_ base: Base, _ filter: Filter) {
        self.base = base
        self.filter = filter
    }

    @concurrent
    public func respond(to request: Request, context: Context) async throws -> Response {
        var context = context
        var response: Response
        if let answer = filter.began(request, &context) {
            response = answer
        } else {
            response = try await base.respond(to: request, context: context)
        }
        filter.ended(request, context, &response)
        return response
    }
}
