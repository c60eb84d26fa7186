public import Hummingbird

/// Ends a request that takes too long with an answer of the application's choice, so that nobody waits for a store that hangs.
///
/// The handler's task is cancelled at the deadline; the answer goes out once it has let go. Put it around a whole router.
public struct DeadlineResponder<Base: HTTPResponder>: HTTPResponder where Base.Context: Sendable {
    public typealias Context = Base.Context

    private let base: Base
    private let limit: Duration
    private let late: @Sendable (Request, Context) -> Response

    /// - Parameter late: makes the answer of a request whose time is up.
    public init(_ base: Base, limit: Duration, late: @escaping @Sendable (Request, Context) -> Response) {
        self.base = base
        self.limit = limit
        self.late = late
    }

    @concurrent
    public func respond(to request: Request, context: Context) async throws -> Response {
        try await withThrowingTaskGroup(of: Response?.self) { group in
            group.addTask { try await base.respond(to: request, context: context) }
            group.addTask {
                try await Task.sleep(for: limit)
                return nil
            }
            defer { group.cancelAll() }
            return try await group.next().flatMap { $0 } ?? late(request, context)
        }
    }
}
