import HTTPDelivery
import JSON

/// Talks to the server as a program outside would: HTTP and JSON, with the cookies of one visitor.
struct DemoClient: Sendable {
    let http: OutgoingHTTP
    /// Without a slash at its end.
    let baseURL: String
    let cookies = CookieJar()

    /// The origin a browser would send from a page of this server.
    var origin: String {
        guard let scheme = baseURL.firstRange(of: "://"), let slash = baseURL[scheme.upperBound...].firstIndex(of: "/") else {
            return baseURL
        }
        return String(baseURL[..<slash])
    }

    /// Sends a request and answers whatever status came back.
    ///
    /// - Parameters:
    ///   - path: Below the base URL; or a whole URL elsewhere, which learns neither cookies nor key.
    ///   - key: Sent as bearer token; without one, cookies and origin are sent.
    ///   - body: The exact bytes of a JSON text.
    func send(
        _ method: String, _ path: String, key: String? = nil, headers: [(String, String)] = [], body: [UInt8]? = nil
    ) async throws(DemoFailure) -> DemoAnswer {
        let isElsewhere = path.contains("://")
        var headers = headers
        if isElsewhere {
            // Nothing that belongs to the server.
        } else if let key {
            headers.append(("authorization", "Bearer \(key)"))
        } else {
            headers.append(("origin", origin))
            if let cookie = cookies.header { headers.append(("cookie", cookie)) }
        }
        if body != nil, !headers.contains(where: { $0.0.lowercased() == "content-type" }) {
            headers.append(("content-type", "application/json"))
        }
        let url = isElsewhere ? path : baseURL + path
        let request = OutgoingRequest(
            method: method, url: url, headers: headers, body: body ?? [], timeout: .seconds(30), maximumResponseBytes: 4 << 20)
        do throws(OutgoingError) {
            let response = try await http.send(request)
            if key == nil, !isElsewhere {
                for (name, value) in response.headers where name.lowercased() == "set-cookie" { cookies.take(value) }
            }
            return DemoAnswer(request: "\(method) \(path)", status: response.status, headers: response.headers, body: response.body)
        } catch {
            throw DemoFailure(
                .unreachable, "\(method) \(url) got no answer: \(error.detail)",
                hint: "Is the server running there? Start one with `mainstay dev`, or name another with --url.")
        }
    }

    func send(_ method: String, _ path: String, key: String? = nil, json: JSONValue) async throws(DemoFailure) -> DemoAnswer {
        try await send(method, path, key: key, body: json.bytes())
    }
}

/// An answer of the server, and readers that say what was missing in it.
struct DemoAnswer: Sendable {
    /// Method and path, for messages.
    let request: String
    let status: Int
    let headers: [(String, String)]
    let body: [UInt8]

    /// The body as JSON; `null` when it is not.
    var json: JSONValue { (try? JSONValue(parsing: body)) ?? .null }

    /// At most 300 characters of the body.
    var excerpt: String {
        let text = String(decoding: body.prefix(1200), as: UTF8.self)
        return text.count > 300 ? "\(text.prefix(300))…" : text
    }

    func header(_ name: String) -> String? { headers.first { $0.0.lowercased() == name.lowercased() }?.1 }

    @discardableResult
    func expecting(_ expected: Int, hint: String? = nil) throws(DemoFailure) -> DemoAnswer {
        guard status == expected else {
            throw DemoFailure(
                .unexpectedAnswer, "\(request) should answer \(expected) and answered \(status): \(excerpt.isEmpty ? "(empty)" : excerpt)",
                hint: hint)
        }
        return self
    }

    /// The text at a path of member names.
    func text(_ path: String...) throws(DemoFailure) -> String {
        var value: JSONValue? = json
        for name in path { value = value?[name] }
        guard let text = value?.string else {
            throw DemoFailure(.unexpectedAnswer, "\(request) answered without the text \"\(path.joined(separator: "."))\": \(excerpt)")
        }
        return text
    }

    /// The whole number at a path of member names.
    func number(_ path: String...) throws(DemoFailure) -> Int {
        var value: JSONValue? = json
        for name in path { value = value?[name] }
        guard let number = value?.int else {
            throw DemoFailure(.unexpectedAnswer, "\(request) answered without the number \"\(path.joined(separator: "."))\": \(excerpt)")
        }
        return number
    }
}
