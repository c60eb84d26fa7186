import JSON
import Primitives

/// What the key is for: messages that arrive once, on time, again when refused, and never unsigned.
struct MessageChapter {
    let account: DemoAccount
    let receiver: DemoReceiver
    /// Without a path.
    let receiverURL: String

    private static let burst = 100

    func tell(_ teller: DemoTeller) async throws(DemoToldFailure) {
        let orders = try await teller.step("A queue: orders") { try await makeOrders() }
        let messages = try await teller.step("\(Self.burst) messages at once") { try await publishBurst(to: orders) }
        teller.report.accepted += Self.burst
        try await teller.step("A message for later") { try await delayed(on: orders) }
        teller.report.accepted += 1
        try await teller.step("A receiver that always fails") { try await failing() }
        teller.report.accepted += 1
        try await teller.step("The same request twice") { try await replayed(on: orders) }
        teller.report.accepted += 1
        try await teller.step("Every message is counted once") { try await usage(expected: teller.report.accepted) }
        try await teller.step("A forged delivery") { try await forged(like: messages[0], on: orders) }
        teller.report.farewell = [
            orders.curl(publishing: #"{"hello": "world"}"#).text, orders.curl(reading: messages[0]).text,
        ]
    }

    private func makeOrders() async throws -> (DemoQueue, DemoTeller.Telling) {
        let (queue, answer) = try await DemoQueue.make("orders", account: account, receiver: receiver, receiverURL: receiverURL)
        return (
            queue,
            .init(
                seen: [
                    "POST …/queues → 201, queue \(try answer.text("data", "id"))",
                    "delivers to \(receiverURL)\(queue.receiverPath)", "signing secret received, shown once",
                ],
                curl: [
                    CurlCommand(url: account.client.baseURL + queue.path, headers: [("Authorization", "Bearer \(account.key)")]).text
                ])
        )
    }

    /// - Returns: The ids of the messages.
    private func publishBurst(to queue: DemoQueue) async throws -> ([String], DemoTeller.Telling) {
        // Spaces, digits and letters that a re-written JSON text would not keep.
        let payloads = (1...Self.burst).map { #"{"order": \#($0), "total": \#($0).50, "note": "Grüße, n° \#($0)"}"# }
        let start = ContinuousClock.now
        let accepted = try await withThrowingTaskGroup(of: (DemoQueue.Accepted, String).self) { group in
            for payload in payloads { group.addTask { (try await queue.publish(payload), payload) } }
            return try await group.reduce(into: [:]) { $0[$1.0.id] = $1.1 }
        }
        let answered = ContinuousClock.now - start
        guard accepted.count == Self.burst else {
            throw DemoFailure(.unexpectedAnswer, "\(Self.burst) messages were accepted under \(accepted.count) ids: they must differ.")
        }
        let deliveries = try await waitForValue(within: .seconds(30)) {
            let deliveries = receiver.log.on(queue.receiverPath)
            return Set(deliveries.map(\.messageID)).isSuperset(of: accepted.keys) ? deliveries : nil
        } timedOut: {
            let arrived = Set(receiver.log.on(queue.receiverPath).map(\.messageID))
            let missing = accepted.keys.filter { !arrived.contains($0) }.sorted()
            return DemoFailure(
                .timedOut,
                "\(missing.count) of \(Self.burst) messages did not arrive within 30 s, \(missing.first ?? "") among them. "
                    + (await queue.account(of: missing.first ?? "")), hint: DemoQueue.hint)
        }
        let arrived = ContinuousClock.now - start
        for delivery in deliveries { try judge(delivery, payload: accepted[delivery.messageID]) }
        let first = deliveries[0].messageID
        _ = try await queue.wait(for: first, toBe: "delivered", within: .seconds(10))
        return (
            deliveries.map(\.messageID),
            .init(
                seen: [
                    "\(Self.burst) times POST …/messages → 202 in \(DemoOutput.text(of: answered))",
                    "\(deliveries.count) deliveries in \(DemoOutput.text(of: arrived)): every signature verifies, "
                        + "every payload equal to the byte",
                ],
                curl: [queue.curl(reading: first).text])
        )
    }

    private func delayed(on queue: DemoQueue) async throws -> DemoTeller.Telling {
        let delay = Duration.seconds(2)
        let options: [(String, JSONValue)] = [("delay", .string(delay.iso8601))]
        let payload = #"{"reminder": "later"}"#
        let message = try await queue.publish(payload, options: options)
        guard try message.answer.text("data", "state") == "scheduled" else {
            throw DemoFailure(.unexpectedAnswer, "A delayed message should be scheduled: \(message.answer.excerpt)")
        }
        let delivery = try await waitForValue(within: .seconds(20)) {
            receiver.log.of(message.id).first
        } timedOut: {
            DemoFailure(
                .timedOut, "The message for \(delay.iso8601) later did not arrive within 20 s. \(await queue.account(of: message.id))",
                hint: DemoQueue.hint)
        }
        try judge(delivery, payload: payload)
        let waited = delivery.receivedAt - message.sentAt
        // The server's times have whole milliseconds, rounded down.
        guard waited + .milliseconds(1) >= delay else {
            throw DemoFailure(
                .badDelivery, "Message \(message.id) was due after \(delay.iso8601) and arrived after \(waited.milliseconds) ms.")
        }
        return .init(
            seen: [
                "POST …/messages with delay \(delay.iso8601) → 202 scheduled for \(try message.answer.text("data", "scheduledFor"))",
                "arrived \(DemoOutput.text(of: waited)) after it was sent, not before it was due",
            ],
            curl: [queue.curl(publishing: payload, options: options).text])
    }

    private func failing() async throws -> DemoTeller.Telling {
        let attempts = 3
        let retry: JSONValue = ["attempts": .number(attempts), "backoff": "fixed", "delay": "PT1S"]
        let (queue, _) = try await DemoQueue.make(
            "failing", account: account, receiver: receiver, receiverURL: receiverURL, answering: 500, retry: retry)
        let payload = #"{"luck": false}"#
        let message = try await queue.publish(payload)
        let answer = try await queue.wait(for: message.id, toBe: "failed", within: .seconds(30))
        let records = answer.json["data"]?["attempts"]?.array ?? []
        let numbers = records.map { $0["number"]?.int }
        guard numbers == Array(1...attempts), records.allSatisfy({ $0["status"]?.int == 500 }) else {
            throw DemoFailure(.unexpectedAnswer, "Attempts 1 to \(attempts) with status 500 should be on record: \(answer.excerpt)")
        }
        let deliveries = receiver.log.of(message.id)
        for delivery in deliveries { try judge(delivery, payload: payload) }
        guard deliveries.map(\.attempt) == Array(1...attempts) else {
            throw DemoFailure(
                .badDelivery,
                "The receiver should have seen mainstay-attempt 1 to \(attempts) and saw \(deliveries.map { $0.attempt ?? 0 }).")
        }
        let times = records.map { "\($0["durationMs"]?.double.map { String(Int($0.rounded())) } ?? "?") ms" }.joined(separator: ", ")
        return .init(
            seen: [
                "POST …/messages → 202; the receiver answers 500 each time",
                "state failed, \(attempts) attempts on record with status 500 (\(times)), one webhook-id",
            ],
            curl: [queue.curl(reading: message.id).text])
    }

    private func replayed(on queue: DemoQueue) async throws -> DemoTeller.Telling {
        let key = "demo-\(SecureRandom.string(16, alphabet: .alphanumeric))"
        let payload = #"{"charge": 4200, "currency": "EUR"}"#
        let first = try await queue.publish(payload, idempotencyKey: key)
        let second = try await queue.publish(payload, idempotencyKey: key)
        guard second.answer.body == first.answer.body, second.answer.header("idempotency-replayed") == "true",
            first.answer.header("idempotency-replayed") == nil
        else {
            throw DemoFailure(
                .unexpectedAnswer,
                "The second request with one Idempotency-Key should answer the first one's bytes with Idempotency-Replayed: true; "
                    + "first \(first.answer.excerpt), second \(second.answer.excerpt)")
        }
        let other = try await account.client.send(
            "POST", "\(queue.path)/messages", key: account.key, headers: [("idempotency-key", key)],
            body: DemoQueue.body(#"{"charge": 1}"#)
        ).expecting(422)
        guard try other.text("code") == "idempotency_key_reused" else {
            throw DemoFailure(.unexpectedAnswer, "Another request under the same key should be refused as such: \(other.excerpt)")
        }
        _ = try await queue.wait(for: first.id, toBe: "delivered", within: .seconds(20))
        let count = receiver.log.of(first.id).count
        guard count == 1 else { throw DemoFailure(.badDelivery, "A message published twice under one key was delivered \(count) times.") }
        return .init(
            seen: [
                "202, then the same answer with Idempotency-Replayed: true; delivered once",
                "another body under that key → 422 idempotency_key_reused",
            ],
            curl: [queue.curl(publishing: payload, headers: [("Idempotency-Key", key)]).text])
    }

    private func usage(expected: Int) async throws -> DemoTeller.Telling {
        let answer = try await account.client.send("GET", "/v1/me", key: account.key).expecting(200)
        let used = try answer.number("data", "usage", "messages", "used") - account.usedBefore
        guard used == expected else {
            throw DemoFailure(.unexpectedAnswer, "\(expected) messages were accepted and \(used) counted: \(answer.excerpt)")
        }
        return .init(
            seen: ["GET /v1/me → \(used) messages used: as many as were accepted; retries and replays do not count"],
            curl: [CurlCommand(url: "\(account.client.baseURL)/v1/me", headers: [("Authorization", "Bearer \(account.key)")]).text])
    }

    /// Shows that the receiver's check can fail: a delivery that verified is sent again, as it was and then with one byte changed.
    private func forged(like messageID: String, on queue: DemoQueue) async throws -> DemoTeller.Telling {
        guard let original = receiver.log.of(messageID).first else {
            throw DemoFailure(.badDelivery, "Delivery \(messageID) is no longer in the receiver's log.")
        }
        let probe = receiver.openProbe(like: queue.receiverPath)
        let signed = original.headers.filter { $0.0.lowercased().hasPrefix("webhook-") || $0.0.lowercased() == "content-type" }
        var body = original.body
        try await account.client.send("POST", receiverURL + probe, headers: signed, body: body).expecting(200)
        body[body.count / 2] ^= 1
        let tampered = try await account.client.send("POST", receiverURL + probe, headers: signed, body: body).expecting(401)
        let unsigned = try await account.client.send("POST", receiverURL + probe, body: original.body).expecting(401)
        return .init(seen: [
            "a true delivery, sent again → 200; with one bit changed → 401 \(Self.line(tampered))",
            "without a signature → 401 \(Self.line(unsigned))",
        ])
    }

    private static func line(_ answer: DemoAnswer) -> String { answer.excerpt.split(separator: "\n").first.map(String.init) ?? "" }

    /// Whether a delivery is what was published, and signed.
    private func judge(_ delivery: ReceivedDelivery, payload: String?) throws(DemoFailure) {
        if let refusal = delivery.refusal {
            throw DemoFailure(.badDelivery, "The signature of delivery \(delivery.messageID) was refused: \(refusal)")
        }
        guard let payload else {
            throw DemoFailure(.badDelivery, "Message \(delivery.messageID) was delivered, but not answered with 202.")
        }
        guard delivery.body == Array(payload.utf8) else {
            throw DemoFailure(
                .badDelivery,
                "Message \(delivery.messageID) was published as \(payload) and delivered as "
                    + String(decoding: delivery.body.prefix(200), as: UTF8.self))
        }
    }
}
