import Crypto
import HTTPTypes
public import Hummingbird
import Primitives

/// A page that draws an API's document and tries its operations: one file, its style and script inside, nothing fetched but the document.
///
/// It may run its own script and no other, and talk to its own server alone.
public struct DocsPage: Sendable {
    private let content: StaticContent

    /// - Parameter document: where the document is served: `/v1/openapi.json`.
    public init(document: String) {
        let page = Self.template.replacing("{{document}}", with: document.htmlEscaped)
        func hash(_ element: String) -> String { Self.content(of: element, in: page).map(Self.source) ?? "'none'" }
        let policy =
            "default-src 'none'; script-src \(hash("script")); style-src \(hash("style")); connect-src 'self'; img-src data:; "
            + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
        var headers: HTTPFields = [.cacheControl: "no-cache", .contentSecurityPolicy: policy]
        headers[.referrerPolicy] = "no-referrer"
        content = StaticContent(Array(page.utf8), as: "text/html; charset=utf-8", headers: headers)
    }

    /// Answers the page at this path, compressed for callers who accept gzip.
    public func serve(at path: String, on routes: some RouterMethods<some RequestContext>) {
        let content = content
        routes.get(RouterPath(path)) { request, _ in content.response(to: request) }
    }

    /// What stands between the element's tags, which a policy names by its hash.
    static func content(of element: String, in page: String) -> Substring? {
        guard let start = page.firstRange(of: "<\(element)>"), let end = page[start.upperBound...].firstRange(of: "</\(element)>") else {
            return nil
        }
        return page[start.upperBound..<end.lowerBound]
    }

    private static func source(_ text: Substring) -> String { "'sha256-\(Base64.encode(Array(SHA256.hash(data: Array(text.utf8)))))'" }
}

extension HTTPField.Name {
    fileprivate static let referrerPolicy = HTTPField.Name("Referrer-Policy")!  // a literal that is a valid field name
}

extension String {
    fileprivate var htmlEscaped: String {
        replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;").replacing("\"", with: "&quot;")
    }
}
