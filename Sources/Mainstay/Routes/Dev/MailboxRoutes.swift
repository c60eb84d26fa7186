import HTTPTypes
import Hummingbird
import Mail
import NIOCore
import TypedAPI

/// `/dev/mail/`: the mail that `dev` did not send.
struct MailboxRoutes {
    let mailbox: DevelopmentMailbox

    func add(to router: Router<AppContext>) {
        let page = MailboxPage(mailbox)
        router.get("/dev/mail") { _, _ in Self.answer(page.index()) }
        router.get("/dev/mail/{id}") { _, context in
            guard let id = context.parameters.get("id"), let html = page.message(id: id) else { throw Problem(.routeNotFound) }
            return Self.answer(html)
        }
    }

    private static func answer(_ html: String) -> Response {
        Response(
            status: .ok,
            headers: [
                .contentType: "text/html; charset=utf-8", .cacheControl: CacheControl.secret,
                .contentSecurityPolicy: MailboxPage.securityPolicy,
            ], body: ResponseBody(byteBuffer: ByteBuffer(string: html)))
    }
}
