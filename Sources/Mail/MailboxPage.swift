import Mustache
import Primitives

/// Pages that show what a ``DevelopmentMailbox`` holds.
///
/// Messages are strangers' texts: serve the pages with ``securityPolicy``, and each HTML body only inside its frame.
public struct MailboxPage: Sendable {
    private let list: MustacheTemplate
    private let letter: MustacheTemplate
    private let mailbox: DevelopmentMailbox

    /// For the header `Content-Security-Policy` of the pages: nothing runs, and nothing is fetched.
    public static let securityPolicy =
        "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'; form-action 'none'"

    public init(_ mailbox: DevelopmentMailbox) {
        self.mailbox = mailbox
        list = Self.template(Self.listText)
        letter = Self.template(Self.letterText)
    }

    /// All messages, newest first. Links are relative to a path that ends in a slash.
    public func index() -> String {
        let rows = mailbox.all.map { message in
            [
                "id": message.id, "to": message.to.map(\.address).joined(separator: ", "), "subject": message.subject.text,
                "date": message.date.rfc3339,
            ]
        }
        return list.render(["messages": rows])
    }

    /// One message; nil when it is gone.
    public func message(id: String) -> String? {
        guard let message = mailbox.find(id: id) else { return nil }
        var values: [String: String] = [
            "to": message.to.map(\.address).joined(separator: ", "), "from": message.from.address, "subject": message.subject.text,
            "date": message.date.rfc3339, "text": message.text,
        ]
        // The frame's document is an attribute here: escaped like any other text, and sandboxed by the frame.
        values["html"] = message.html
        return letter.render(values)
    }

    private static func template(_ text: String) -> MustacheTemplate {
        do {
            return try MustacheTemplate(string: text)
        } catch {
            preconditionFailure("a page of this library is no template: \(error)")
        }
    }

    private static let style = """
        <style>body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:60rem;padding:0 1rem;color:#1c2330}
        table{width:100%;border-collapse:collapse}td,th{text-align:left;padding:.4rem;border-bottom:1px solid #dde1e8}
        pre{white-space:pre-wrap;background:#f5f6f8;padding:1rem}iframe{width:100%;height:28rem;border:1px solid #dde1e8}</style>
        """

    private static let listText = """
        <!doctype html><html lang="en"><meta charset="utf-8"><title>Mailbox</title>\(style)
        <h1>Development mailbox</h1>
        <p>Mail that would have been sent, newest first. It is kept in memory only.</p>
        <table><tr><th>Time</th><th>To</th><th>Subject</th></tr>
        {{#messages}}<tr><td>{{date}}</td><td>{{to}}</td><td><a href="{{id}}">{{subject}}</a></td></tr>
        {{/messages}}{{^messages}}<tr><td colspan="3">Nothing yet.</td></tr>{{/messages}}</table></html>
        """

    private static let letterText = """
        <!doctype html><html lang="en"><meta charset="utf-8"><title>{{subject}}</title>\(style)
        <p><a href="./">All messages</a></p><h1>{{subject}}</h1>
        <p>From {{from}} to {{to}}, {{date}}</p><pre>{{text}}</pre>
        {{#html}}<iframe sandbox srcdoc="{{.}}"></iframe>{{/html}}</html>
        """
}
