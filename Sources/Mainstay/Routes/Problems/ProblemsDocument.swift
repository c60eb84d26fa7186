import HTTPTypes
import TypedAPI

/// `docs/problems.md`: every code that a problem of this application can have.
public enum ProblemsDocument {
    public static var text: String {
        let rows = ProblemType.all.sorted { $0.code < $1.code }.map { type in
            "| `\(type.code)` | \(type.status.code) | \(type.title) | \(type.explanation.replacing("|", with: "\\|")) |"
        }
        return """
            # Problems

            Every failure of `/v1`, `/admin` and `/superadmin` is `application/problem+json` (RFC 9457) with `type`, `title`, `status`, `detail`, and
            `code`, `requestId` and, where values are not acceptable, all of them in `errors`. Programs branch on `code`, which never changes; `type`
            leads to a page of the server that says what stands here. `scripts/document-problems` writes this page.

            | code | status | title | when, and what to do |
            | --- | --- | --- | --- |
            \(rows.joined(separator: "\n"))

            """
    }
}
