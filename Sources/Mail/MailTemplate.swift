/// What a kind of message says unless an operator says it differently: three Mustache templates.
///
/// Values are escaped in the HTML template, and only there.
public struct MailTemplate: Hashable, Sendable {
    /// What the files of an operator's version begin with: `<name>.subject.mustache`, `<name>.text.mustache`, `<name>.html.mustache`.
    public var name: String
    public var subject: String
    public var text: String
    public var html: String

    public init(name: String, subject: String, text: String, html: String) {
        self.name = name
        self.subject = subject
        self.text = text
        self.html = html
    }
}
