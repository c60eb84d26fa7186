import HTTPDelivery
import JSON
import Primitives

/// A queue of the story, with what is needed to publish to it and to judge what arrives from it.
struct DemoQueue: Sendable {
    let account: DemoAccount
    let name: String
    /// Where its messages are delivered: a path of the receiver.
    let receiverPath: String

    /// Below the server's base URL.
    var path: String { "/v1/projects/\(account.projectID)/queues/\(name)" }

    /// A message that was answered 202.
    struct Accepted: Sendable {
        let id: String
        let answer: DemoAnswer
        /// Just before the request was sent.
        let sentAt: ContinuousClock.Instant
    }

    /// Makes the queue and teaches the receiver its secret.
    static func make(
        _ name: String, account: DemoAccount, receiver: DemoReceiver, receiverURL: String, answering status: Int = 200,
        retry: JSONValue? = nil
    ) async throws -> (DemoQueue, DemoAnswer) {
        let receiverPath = receiver.open(name, answering: status)
        var body: JSONObject = ["name": .string(name), "destination": ["url": .string(receiverURL + receiverPath)]]
        if let retry { body["retry"] = retry }
        let answer = try await account.client.send(
            "POST", "/v1/projects/\(account.projectID)/queues", key: account.key, json: .object(body)
        ).expecting(201)
        let secret = try answer.text("data", "signingSecret")
        do throws(StandardWebhooksError) {
            receiver.trust(try SigningSecret(secret), on: receiverPath)
        } catch {
            throw DemoFailure(.unexpectedAnswer, "The queue's signing secret is not one of Standard Webhooks: \(error.detail)")
        }
        return (DemoQueue(account: account, name: name, receiverPath: receiverPath), answer)
    }

    /// - Parameters:
    ///   - payload: JSON text, sent to the byte.
    ///   - options: Further members of the request, such as `"delay": "PT2S"`.
    func publish(
        _ payload: String, options: [(String, JSONValue)] = [], idempotencyKey: String? = nil
    ) async throws(DemoFailure) -> Accepted {
        let sentAt = ContinuousClock.now
        let answer = try await account.client.send(
            "POST", "\(path)/messages", key: account.key, headers: idempotencyKey.map { [("idempotency-key", $0)] } ?? [],
            body: Self.body(payload, options: options)
        ).expecting(202)
        return Accepted(id: try answer.text("data", "id"), answer: answer, sentAt: sentAt)
    }

    static func body(_ payload: String, options: [(String, JSONValue)] = []) -> [UInt8] {
        var text = "{\"payload\":\(payload)"
        for (name, value) in options { text += ",\(JSONValue.string(name).text()):\(value.text())" }
        return Array("\(text)}".utf8)
    }

    func read(_ messageID: String) async throws(DemoFailure) -> DemoAnswer {
        try await account.client.send("GET", "\(path)/messages/\(messageID)", key: account.key).expecting(200)
    }

    /// Waits until the server tells that the message is in `state`.
    func wait(for messageID: String, toBe state: String, within limit: Duration) async throws -> DemoAnswer {
        try await waitForValue(within: limit, every: .milliseconds(50)) {
            let answer = try await read(messageID)
            return answer.json["data"]?["state"]?.string == state ? answer : nil
        } timedOut: {
            DemoFailure(
                .timedOut, "Message \(messageID) should be \(state) within \(limit.iso8601). \(await account(of: messageID))",
                hint: Self.hint)
        }
    }

    /// What the server says about a message that does not do as it should, as one sentence.
    func account(of messageID: String) async -> String {
        guard let data = try? await read(messageID).json["data"] else { return "The server does not tell what became of it." }
        let state = data["state"]?.string ?? "?"
        guard let last = data["attempts"]?.array?.last else { return "The server has it as \(state), without an attempt." }
        let status = last["status"]?.int.map { "status \($0)" } ?? "error \(last["error"]?.string ?? "?")"
        let detail = last["errorDetail"]?.string.map { ": \($0)" } ?? ""
        return "The server has it as \(state); attempt \(last["number"]?.int ?? 0) ended with \(status)\(detail)"
    }

    func curl(reading messageID: String) -> CurlCommand {
        CurlCommand(
            url: "\(account.client.baseURL)\(path)/messages/\(messageID)", headers: [("Authorization", "Bearer \(account.key)")])
    }

    func curl(publishing payload: String, options: [(String, JSONValue)] = [], headers: [(String, String)] = []) -> CurlCommand {
        CurlCommand(
            url: "\(account.client.baseURL)\(path)/messages", headers: [("Authorization", "Bearer \(account.key)")] + headers,
            body: String(decoding: Self.body(payload, options: options), as: UTF8.self))
    }

    static let hint = "Is a worker running, and may it reach 127.0.0.1 (OUTGOING_ALLOW=127.0.0.0/8)?"
}
