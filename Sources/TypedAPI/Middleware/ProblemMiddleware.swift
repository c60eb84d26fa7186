public import Hummingbird

/// Answers the errors of the routes below it; see ``ErrorAnswers``. Around a whole router a ``FilteredResponder`` does the same for less.
public struct ProblemMiddleware<Context: RequestIDContext>: RouterMiddleware {
    private let answers: ErrorAnswers

    public init(_ answers: ErrorAnswers) { self.answers = answers }

    /// See ``ErrorAnswers/init(baseURL:translate:)``.
    public init(baseURL: String, translate: @escaping @Sendable (any Error) -> Problem? = { _ in nil }) {
        answers = ErrorAnswers(baseURL: baseURL, translate: translate)
    }

    public func handle(_ request: Request, context: Context, next: Next<Context>) async throws -> Response {
        do {
            return try await next(request, context)
        } catch {
            return answers.answer(to: error, logger: context.logger, requestID: context.requestID)
        }
    }
}
