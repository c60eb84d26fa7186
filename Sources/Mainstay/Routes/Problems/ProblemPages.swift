import HTTPTypes
import Hummingbird
import TypedAPI

/// `/problems/<code>`: the page behind a problem's `type`, and `/problems`, which lists them all.
struct ProblemPages {
    func add(to router: Router<AppContext>) {
        router.get("/problems") { _, _ in
            let items = ProblemType.all.sorted { $0.code < $1.code }.map { type in
                "<li><a href=\"/problems/\(type.code)\"><code>\(type.code)</code></a> (\(type.status.code)): \(escape(type.title))</li>"
            }
            return page(title: "Problems", body: "<ul>\(items.joined(separator: "\n"))</ul>")
        }
        router.get("/problems/{code}") { _, context in
            guard let code = context.parameters.get("code"), let type = ProblemType.all.first(where: { $0.code == code }) else {
                throw Problem(.routeNotFound)
            }
            return page(
                title: type.title,
                body:
                    "<p>HTTP status <strong>\(type.status.code)</strong>, code <code>\(type.code)</code></p><p>\(escape(type.explanation))</p>"
            )
        }
    }

    private func page(title: String, body: String) -> Response {
        HTMLPage(title: title, body: body, cacheControl: "public, max-age=3600").response
    }

    private func escape(_ text: String) -> String { HTMLText.escaped(text) }
}
