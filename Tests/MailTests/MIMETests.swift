import Foundation
import Mail
import Primitives
import Testing

@Suite("Messages as they are sent")
struct MIMETests {
    private func text(_ message: MailMessage) -> String { String(decoding: message.mimeBytes, as: UTF8.self) }

    @Test("Plain text and HTML are one multipart message of ASCII lines that end in CR LF")
    func multipart() throws {
        let message = MailMessage(
            from: try MailAddress("a@example.com", name: "Anna \"A\" Müller"), to: [try MailAddress("b@example.com")],
            subject: try HeaderText("Grüße 🎉"), text: "Zeile = eins\nzwei \n", html: "<p>ä</p>",
            date: try #require(Timestamp(rfc3339: "2026-11-23T02:13:39Z")), id: "abc")
        let text = text(message)
        #expect(message.mimeBytes.allSatisfy { $0 < 0x80 })
        #expect(!text.replacing("\r\n", with: "").contains { $0 == "\r" || $0 == "\n" })
        #expect(text.contains("Date: Mon, 23 Nov 2026 02:13:39 +0000\r\n"))
        #expect(text.contains("Subject: =?UTF-8?B?R3LDvMOfZSDwn46J?=\r\n"))
        #expect(text.contains("Message-ID: <abc@example.com>\r\n"))
        #expect(text.contains("Content-Type: multipart/alternative;\r\n boundary=\"=_abc\"\r\n"))
        #expect(text.contains("\r\n\r\nZeile =3D eins\r\nzwei=20\r\n"))
        #expect(text.contains("<p>=C3=A4</p>"))
        #expect(text.hasSuffix("--=_abc--\r\n"))
    }

    @Test("No line of a long text is longer than 76 characters, and none splits an escape", arguments: ["a", "ä", "=", "🎉", " "])
    func longLines(unit: String) throws {
        let message = MailMessage(
            from: try MailAddress("a@example.com"), to: [try MailAddress("b@example.com")], subject: try HeaderText("x"),
            text: String(repeating: unit, count: 1000))
        let lines = text(message).split(separator: "\r\n")
        #expect(lines.allSatisfy { $0.utf8.count <= 76 })
        for line in lines.dropFirst(8) where !line.hasSuffix("=") { #expect(!line.hasSuffix("=C") && !line.hasSuffix("=C3=A")) }
    }

    @Test("A line break in a header, a name or an address is refused by its type")
    func injection() {
        for evil in ["x\r\nBcc: c@example.com", "x\nBcc: c", "x\rBcc: c", "x\0", "x\u{2028}y", "x\u{85}y", "x\u{0b}"] {
            #expect(throws: MailError.self) { try HeaderText(evil) }
            #expect(throws: MailError.self) { try MailAddress("a@example.com", name: evil) }
            #expect(throws: MailError.self) { try MailAddress(evil + "@example.com") }
            #expect(throws: MailError.self) { try MailAddress("a@" + evil) }
            #expect(!HeaderText(stripping: evil).text.contains { $0.isNewline })
        }
        for evil in [
            "", "a", "@", "a@", "@b", "a@b@c", "a b@c.de", "<a@b.c>", "a@b..c", ".a@b.c", "a..b@c.de", "a@-b.c", "ä@b.c", "a@bä.c",
        ] {
            #expect(throws: MailError.self, "\(evil)") { try MailAddress(evil) }
        }
    }

    @Test("Long names and subjects become encoded words of at most 75 characters")
    func encodedWords() throws {
        let subject = try HeaderText(String(repeating: "Übergrößenträger ", count: 20))
        let message = MailMessage(
            from: try MailAddress("a@example.com", name: String(repeating: "ü", count: 100)), to: [try MailAddress("b@example.com")],
            subject: subject, text: "")
        for word in text(message).split(whereSeparator: \.isWhitespace) where word.hasPrefix("=?") {
            #expect(word.utf8.count <= 75 && word.hasSuffix("?="))
            let bytes = try #require(Base64.decode(String(word.dropFirst(10).dropLast(2))))
            #expect(String(validating: bytes, as: UTF8.self) != nil, "no word splits a character")
        }
        #expect(text(message).contains("Subject: =?UTF-8?B?"))
        let trick = MailMessage(
            from: try MailAddress("a@example.com"), to: [try MailAddress("b@example.com")], subject: try HeaderText("=?x?= plain"), text: ""
        )
        #expect(text(trick).contains("Subject: =?UTF-8?B?"), "what looks encoded is encoded")
    }
}
