import Foundation
import Mail
import Testing

@Suite("Servers, templates and the development mailbox")
struct ConfigurationTests {
    @Test(
        "URLs",
        arguments: [
            ("smtp://mail.example.com", "mail.example.com", 587, SMTPConfiguration.Security.startTLS),
            ("smtps://mail.example.com/", "mail.example.com", 465, .tls), ("smtp://127.0.0.1:2525", "127.0.0.1", 2525, .opportunistic),
            ("smtp://u:p%40ss@h:25?tls=opportunistic", "h", 25, .opportunistic), ("smtp://[::1]:25?tls=none", "[::1]", 25, .none),
        ])
    func urls(url: String, host: String, port: Int, security: SMTPConfiguration.Security) throws {
        let configuration = try SMTPConfiguration(url: url)
        #expect(configuration.host == host && configuration.port == port && configuration.security == security)
        #expect(!"\(configuration)".contains("p@ss") && !String(reflecting: configuration).contains("p@ss"))
    }

    @Test(
        "URLs that are none are refused without being repeated",
        arguments: [
            "", "mail.example.com", "http://x", "smtp://", "smtp://h:0", "smtp://h:99999", "smtp://u@h", "smtp://u:%0d%0a@h",
            "smtp://h ost",
            "smtp://h?tls=maybe", "smtps://h?tls=none", "smtp://u:hunter2@h?tls=none", "smtp://h/path", "smtp://h\nx",
        ])
    func refusedURLs(url: String) {
        let error = #expect(throws: MailError.self) { try SMTPConfiguration(url: url) }
        #expect(error?.code == .invalid && error.map { "\($0)".contains("hunter2") } == false)
    }

    @Test("Values are escaped in HTML alone; an operator's file wins; a broken one is named")
    func templates() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "mail-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let own = MailTemplate(name: "hi", subject: "Hi {{name}}", text: "Hi {{name}}", html: "<b>{{name}}</b>")
        let (from, to) = (try MailAddress("a@example.com"), try MailAddress("b@example.com"))
        let message = try MailTemplates([own]).message("hi", ["name": "<A & B>\r\nBcc: x"], from: from, to: to)
        #expect(message.subject.text == "Hi <A & B> Bcc: x" && message.text == "Hi <A & B>\r\nBcc: x")
        #expect(message.html?.contains("&lt;A &amp; B&gt;") == true)
        try "Servus {{name}}".write(to: folder.appending(path: "hi.text.mustache"), atomically: true, encoding: .utf8)
        let other = try MailTemplates([own], overriddenIn: folder.path).message("hi", ["name": "A"], from: from, to: to)
        #expect(other.text == "Servus A" && other.subject.text == "Hi A")
        #expect(throws: MailError.self) { try MailTemplates([own]).message("nope", [:], from: from, to: to) }
        try "{{#open}}".write(to: folder.appending(path: "hi.text.mustache"), atomically: true, encoding: .utf8)
        let error = #expect(throws: MailError.self) { try MailTemplates([own], overriddenIn: folder.path) }
        #expect(error?.detail.contains("hi.text.mustache") == true)
        let missing = #expect(throws: MailError.self) { try MailTemplates([own], overriddenIn: folder.path + "/nowhere") }
        #expect(missing?.detail.contains("/nowhere") == true)
    }

    @Test("The mailbox keeps the newest messages, and its pages show strangers' texts as text")
    func mailbox() async throws {
        let mailbox = DevelopmentMailbox(capacity: 3, maximumBytes: 1000)
        for number in 1...5 {
            try await mailbox.send(
                MailMessage(
                    from: try MailAddress("a@example.com"), to: [try MailAddress("b@example.com")],
                    subject: try HeaderText("<script>\(number)"), text: "<b>\(number)", html: "<p title='\"x'>\(number)</p>"))
        }
        #expect(mailbox.all.map(\.text) == ["<b>5", "<b>4", "<b>3"])
        let page = MailboxPage(mailbox)
        #expect(page.index().contains("&lt;script&gt;5") && !page.index().contains("<script>"))
        let one = try #require(page.message(id: mailbox.all[0].id))
        #expect(one.contains("&lt;b&gt;5") && one.contains("sandbox srcdoc=\"&lt;p") && !one.contains("<p title"))
        #expect(page.message(id: "nope") == nil)
        let large = MailMessage(
            from: try MailAddress("a@example.com"), to: [try MailAddress("b@example.com")], subject: try HeaderText("x"),
            text: String(repeating: "x", count: 1001))
        await #expect(throws: MailError.self) { try await mailbox.send(large) }
        mailbox.clear()
        #expect(page.index().contains("Nothing yet."))
    }
}
