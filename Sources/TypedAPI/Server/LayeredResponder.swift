public import Hummingbird

/// A middleware around a whole responder: for what must see every request, also those that no route answers or that end at a deadline.
public struct LayeredResponder<Layer: RouterMiddleware, Base: HTTPResponder>: HTTPResponder where Layer.Context == Base.Context {
    public typealias Context = Base.Context

    private let layer: Layer
    private let base: Base

    public init(_ layer: Layer, around base: Base) {
        self.layer = layer
        self.base = base
    }

    @concurrent
    public func respond(to request: Request, context: Context) async throws -> Response {
        try await layer.handle(request, context: context) { request, context in try await base.respond(to: request, context: context) }
    }
}

extension HTTPResponder {
    /// This responder inside a middleware.
    public func within<Layer: RouterMiddleware>(_ layer: Layer) -> LayeredResponder<Layer, Self> where Layer.Context == Context {
        LayeredResponder(layer, around: self)
    }
}
