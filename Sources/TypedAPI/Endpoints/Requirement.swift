public import Hummingbird

/// What has to hold before an endpoint even looks at what was sent, such as a permission. Documented with the endpoint.
public struct Requirement<Context: RequestContext>: Sendable {
    /// The name of the role or scope that documents show beside the security scheme; nil for none.
    public let scope: String?
    /// What ``check`` throws.
    public let errors: [ProblemType]
    /// Called for every request, at once; throws what the request is refused with.
    public let check: @Sendable (Request, Context) throws -> Void

    public init(scope: String? = nil, errors: [ProblemType], check: @escaping @Sendable (Request, Context) throws -> Void) {
        self.scope = scope
        self.errors = errors
        self.check = check
    }
}
