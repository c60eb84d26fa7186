import HTTPDelivery
import JSON
import Logging
import Primitives
import Synchronization
import Testing

@testable import MainstayCLI

@Suite("The demo's own parts")
struct DemoPartsTests {
    @Test("Cookies are kept, replaced and removed as a browser does")
    func cookies() {
        let jar = CookieJar()
        #expect(jar.header == nil)
        jar.take("b=2%3D; Max-Age=604800; Path=/; HttpOnly; SameSite=Lax")
        jar.take("a=1.x=; Path=/")
        #expect(jar.header == "a=1.x=; b=2%3D")
        jar.take("a=3")
        jar.take("b=; Max-Age=0; Path=/")
        #expect(jar.header == "a=3")
    }

    @Test(
        "Command lines survive a shell",
        arguments: [("plain-1.0", "plain-1.0"), ("", "''"), ("a b", "'a b'"), ("it's", #"'it'\''s'"#), ("$HOME", "'$HOME'")])
    func quoting(text: String, quoted: String) {
        #expect(CurlCommand.quoted(text) == quoted)
    }

    @Test func curlNamesHeadersAndBody() {
        let command = CurlCommand(url: "http://h/x", headers: [("A", "b c")], body: #"{"n": 1}"#)
        #expect(command.text == #"curl -sS http://h/x -H 'A: b c' -H 'Content-Type: application/json' -d '{"n": 1}'"#)
    }

    @Test(
        "The host of a URL",
        arguments: [("http://a.b:3000", "a.b"), ("https://a.b/c", "a.b"), ("http://[::1]:80/x", "::1"), ("nonsense", nil)])
    func host(url: String, host: String?) {
        #expect(DemoStory.host(of: url) == host)
    }

    @Test(arguments: [(12, "12 ms"), (999, "999 ms"), (1000, "1.00 s"), (61_059, "61.05 s")])
    func times(milliseconds: Int, text: String) {
        #expect(DemoOutput.text(of: .milliseconds(milliseconds)) == text)
    }

    @Test("Waiting ends with the answer, or with the failure that was made for it")
    func waiting() async throws {
        let asked = Mutex(0)
        let value = try await waitForValue(within: .seconds(60), every: .milliseconds(1)) {
            asked.withLock { asked in
                asked += 1
                return asked < 3 ? nil : asked
            }
        } timedOut: {
            DemoFailure(.timedOut, "never")
        }
        #expect(value == 3)
        await #expect(throws: DemoFailure.self) {
            try await waitForValue(within: .milliseconds(5), every: .milliseconds(1)) {
                Int?.none
            } timedOut: {
                DemoFailure(.timedOut, "as expected")
            }
        }
    }

    @Test("A payload goes into the request to the byte")
    func body() {
        let text = String(decoding: DemoQueue.body(#"{"a" : 1.50}"#, options: [("delay", "PT2S")]), as: UTF8.self)
        #expect(text == #"{"payload":{"a" : 1.50},"delay":"PT2S"}"#)
    }
}
