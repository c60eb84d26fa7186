import HTTPTypes
import JSON

extension Dialect {
    /// RFC 9457 with every problem at once: 400 for broken JSON or none, 413, 415, and 422 for what the schema refuses.
    public static let problems = Dialect { refusal in
        switch refusal {
        case .notAcceptable(let types): Problem(.notAcceptable, detail: "This is answered as \(types.joined(separator: " or ")).")
        case .unsupportedMediaType: Problem(.unsupportedMediaType)
        case .bodyRequired: Problem(.bodyRequired)
        case .bodyTooLarge(let limit): Problem(.bodyTooLarge, detail: "The request body is larger than \(limit) bytes.")
        case .malformedJSON(let error): Problem(.malformedJSON, detail: error.description)
        case .invalid(let findings):
            Problem(
                .validationFailed,
                detail: findings.count == 1 ? "One value is not acceptable." : "\(findings.count) values are not acceptable.",
                errors: findings.map(FieldError.init))
        }
    }
}

extension FieldError {
    init(_ finding: Dialect.Finding) {
        let issue = finding.issue
        let place: Place = finding.part == .body ? .pointer(issue.pointer) : .parameter(String(issue.pointer.dropFirst()))
        self.init(place, code: issue.code.rawValue, message: issue.message)
    }
}
