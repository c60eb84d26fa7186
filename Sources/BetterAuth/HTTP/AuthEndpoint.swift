import HTTPTypes
import TypedAPI

/// One path of the auth contract: what it takes, what it answers, and a handler over a service. Its needs come in through `init`.
///
/// The input is read before the handler runs, so that an invalid body answers 400 even without a session.
protocol AuthEndpoint: Sendable {
    /// The body of a POST, the query of a GET; unknown members are ignored.
    associatedtype Input: SchemaValue
    associatedtype Output: SchemaValue

    var method: HTTPRequest.Method { get }
    /// Below the base path; a segment in braces takes any text.
    var path: String { get }
    /// Whether a form is as good as JSON.
    var acceptsForms: Bool { get }
    /// Whether a body may be left out as a whole.
    var isBodyOptional: Bool { get }
    /// Whether a body that is no object is refused with a code of its own.
    var namesBodyThatIsNoObject: Bool { get }

    func handle(_ input: Input, _ call: inout AuthCall) async throws -> AuthReply<Output>
}

extension AuthEndpoint {
    var acceptsForms: Bool { false }
    var isBodyOptional: Bool { false }
    var namesBodyThatIsNoObject: Bool { false }

    /// Reads the input, handles it, and writes the output.
    func answer(_ call: inout AuthCall) async throws -> AuthAnswer {
        if namesBodyThatIsNoObject {
            guard let body = call.value else { throw InputProblems.failure(["[body] Invalid input: expected record, received undefined"]) }
            guard body.object != nil else { throw AuthError(.badRequest, .bodyMustBeAnObject) }
        }
        let input = try call.read(Input.self, isBodyOptional: isBodyOptional)
        return try await handle(input, &call).answer
    }
}

/// An endpoint that takes nothing.
@Schema(unknown: .strip) struct NoInput {}

/// An endpoint whose success has no body of its own.
@Schema struct NoOutput {}

@Schema struct StatusOutput {
    var status: Bool = true
}

@Schema struct SuccessOutput {
    var success: Bool = true
}

@Schema struct MessageOutput {
    var message: String
}
