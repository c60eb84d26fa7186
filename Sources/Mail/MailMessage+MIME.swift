import Primitives

extension MailMessage {
    /// The message as RFC 5322 and MIME write it: ASCII, lines of at most 78 characters that end in CR LF.
    public var mimeBytes: [UInt8] {
        var lines = [
            "Date: \(Self.headerDate(date))", "From: \(from.headerForm)", "To: \(to.map(\.headerForm).joined(separator: ",\r\n "))",
        ]
        if let replyTo { lines.append("Reply-To: \(replyTo.headerForm)") }
        let domain = from.address.split(separator: "@").last ?? "localhost"
        lines += ["Subject: \(subject.encoded)", "Message-ID: <\(id)@\(domain)>", "MIME-Version: 1.0"]
        // Sent by a program: suppresses out-of-office replies.
        lines.append("Auto-Submitted: auto-generated")
        guard let html else {
            return Array((lines + Self.part(text, as: "plain")).joined(separator: "\r\n").utf8)
        }
        // Quoted-printable never holds `=_`, so no body can contain the boundary.
        let boundary = "=_\(id)"
        lines += ["Content-Type: multipart/alternative;\r\n boundary=\"\(boundary)\"", "", "--\(boundary)"]
        lines += Self.part(text, as: "plain") + ["--\(boundary)"] + Self.part(html, as: "html") + ["--\(boundary)--", ""]
        return Array(lines.joined(separator: "\r\n").utf8)
    }

    private static func part(_ text: String, as kind: String) -> [String] {
        [
            "Content-Type: text/\(kind); charset=utf-8", "Content-Transfer-Encoding: quoted-printable", "",
            QuotedPrintable.encode(text), "",
        ]
    }

    /// `Mon, 23 Nov 2026 02:13:39 +0000`
    static func headerDate(_ time: Timestamp) -> String {
        let text = time.rfc3339.utf8
        func number(_ start: Int, _ count: Int) -> String { String(decoding: text.dropFirst(start).prefix(count), as: UTF8.self) }
        let days = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
        let day = (time.seconds >= 0 ? time.seconds : time.seconds - 86399) / 86400
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        let month = Int(number(5, 2)).flatMap { (1...12).contains($0) ? months[$0 - 1] : nil } ?? months[0]
        return "\(days[Int((day % 7 + 7) % 7)]), \(number(8, 2)) \(month) \(number(0, 4)) \(number(11, 8)) +0000"
    }
}
