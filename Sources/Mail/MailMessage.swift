public import Primitives

/// A message with a text and, if it has one, an HTML form of it.
public struct MailMessage: Hashable, Sendable {
    public var from: MailAddress
    public var to: [MailAddress]
    public var replyTo: MailAddress?
    public var subject: HeaderText
    /// Shown where HTML is not.
    public var text: String
    public var html: String?
    public var date: Timestamp
    /// Before the `@` of `Message-ID`; a message that is sent again keeps it, so that receivers can tell.
    public var id: String

    public init(
        from: MailAddress, to: [MailAddress], replyTo: MailAddress? = nil, subject: HeaderText, text: String, html: String? = nil,
        date: Timestamp = .now, id: String = Hex.encode(SecureRandom.bytes(16))
    ) {
        self.from = from
        self.to = to
        self.replyTo = replyTo
        self.subject = subject
        self.text = text
        self.html = html
        self.date = date
        self.id = id.filter { $0.isASCII && ($0.isLetter || $0.isNumber) }
    }
}
