public import Hummingbird

/// The rest of a middleware chain. Hummingbird declares it as run on the global executor, which this package's default would not.
public typealias Next<Context> = @concurrent (Request, Context) async throws -> Response
