import TypedAPI

extension Dialect {
    /// Problems; and an id in a path that cannot be one is answered as one that is unknown or another organization's: 404, so that
    /// nothing can be learned by trying.
    static let mainstay: Dialect = {
        var dialect = Dialect.problems
        let general = dialect.render
        dialect.render = { refusal in
            guard case .invalid(let findings) = refusal, let finding = findings.first(where: { $0.part == .path }) else {
                return general(refusal)
            }
            return Problem(notFound[String(finding.issue.pointer.dropFirst())] ?? .routeNotFound)
        }
        return dialect
    }()

    /// By the name of the parameter.
    private static let notFound: [String: ProblemType] = [
        "project": .projectNotFound, "queue": .queueNotFound, "message": .messageNotFound, "apiKey": .apiKeyNotFound,
    ]
}

extension Problem {
    /// 422 for what only the handler could find out.
    static func invalid(_ errors: [FieldError]) -> Problem {
        Problem(
            .validationFailed, detail: errors.count == 1 ? "One value is not acceptable." : "\(errors.count) values are not acceptable.",
            errors: errors)
    }
}

/// Text that people read: something to see, and no control characters.
enum PrintableText {
    static let pattern = "^[^\\u0000-\\u001F\\u007F-\\u009F]*[^\\s\\u0000-\\u001F\\u007F-\\u009F][^\\u0000-\\u001F\\u007F-\\u009F]*$"
    static let message = "Must have something to see and no control characters."
}
