import HTTPTypes
import Hummingbird
import NIOCore

/// A small page of ours: text and forms, nothing that runs.
struct HTMLPage {
    let title: String
    /// HTML; whatever came from elsewhere in it is ``HTMLText/escaped(_:)``.
    let body: String
    var status = HTTPResponse.Status.ok
    var cacheControl = "no-store"

    static let product = "Mainstay"

    /// Nothing is fetched but the icon, and nothing runs; forms go to this server alone.
    private static let securityPolicy =
        "default-src 'none'; style-src 'unsafe-inline'; img-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"

    private static let style = """
        <style>body{font:16px/1.5 system-ui,sans-serif;max-width:42rem;margin:3rem auto;padding:0 1rem;color:#1c2330}
        code{background:#f5f6f8;padding:.1em .3em}form{display:inline-block;margin:1rem 1rem 0 0}
        button{font:inherit;padding:.4rem 1.2rem;border:1px solid #1c2330;border-radius:.3rem;background:#fff;color:inherit;cursor:pointer}
        button.main{background:#1c2330;color:#fff}</style>
        """

    var response: Response {
        let html = """
            <!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
            <title>\(title == Self.product ? title : "\(HTMLText.escaped(title)) · \(Self.product)")</title>
            \(Self.style)
            <h1>\(HTMLText.escaped(title))</h1>
            \(body)
            """
        return Response(
            status: status,
            headers: [
                .contentType: "text/html; charset=utf-8", .cacheControl: cacheControl, .contentSecurityPolicy: Self.securityPolicy,
            ], body: ResponseBody(byteBuffer: ByteBuffer(string: html)))
    }
}

enum HTMLText {
    /// A text as it stands in an element or a quoted attribute.
    static func escaped(_ text: String) -> String {
        text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;").replacing("\"", with: "&quot;")
            .replacing("'", with: "&#39;")
    }
}
