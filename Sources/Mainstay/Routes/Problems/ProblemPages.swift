import HTTPTypes
import Hummingbird
import NIOCore
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
        let html = """
            <!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
            <title>\(escape(title)) · Mainstay</title>
            <style>body{font:16px/1.5 system-ui,sans-serif;max-width:42rem;margin:3rem auto;padding:0 1rem}code{background:#eee;padding:.1em .3em}</style>
            <h1>\(escape(title))</h1>
            \(body)
            """
        return Response(
            status: .ok,
            headers: [
                .contentType: "text/html; charset=utf-8", .cacheControl: "public, max-age=3600",
                .contentSecurityPolicy: "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
            ], body: ResponseBody(byteBuffer: ByteBuffer(string: html)))
    }

    private func escape(_ text: String) -> String {
        text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;").replacing("\"", with: "&quot;")
    }
}
