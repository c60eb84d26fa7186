import JSON
import PostgresClient
import Primitives
import Testing
import TypedSQL

/// What travels with a batch of messages.
@Row
struct MessageInput {
    let id: MessageID
    let retentionDays: Int16
    let organizationID: String
    let queueID: UUIDv7
    let state: MessageState
    let payload: [UInt8]
    let retry: JSONValue
    let scheduledFor: Timestamp?
    let createdAt: Timestamp
    let quota: Int64
}

@Row
struct Wanted {
    let organizationID: String
    let count: Int64
    let quota: Int64
}

@Suite("The application's statements")
struct ApplicationStatementTests {
    private func input(_ count: Int, _ queue: MessageQueue, organization: String = "org", quota: Int64 = 100) -> [MessageInput] {
        (0..<count).map { index in
            MessageInput(
                id: MessageID(), retentionDays: 7, organizationID: organization, queueID: queue.id, state: .queued, payload: [UInt8(index)],
                retry: ["attempts": 3], scheduledFor: nil, createdAt: .now, quota: quota)
        }
    }

    /// Counts against the quota, stores what fits, and says which organizations did.
    private func accept(_ messages: [MessageInput], period: Timestamp) -> some RowStatement<(String, Int64)> {
        let input = MessageInput.values(messages).from().named("input")
        let wanted = input.from().groupBy { $0.organizationID }.select(Wanted.self) {
            .init(organizationID: $0.organizationID, count: countRows().cast(to: Int64.self), quota: $0.quota.min().assumingNotNull())
        }.named("wanted")
        let counted = wanted.from().where { $0.count <= $0.quota }.orderBy { $0.organizationID }
            .insert(into: UsageCount.self) { usage, wanted in
                usage.organizationID.set(wanted.organizationID)
                usage.metric.set("messages")
                usage.periodStart.set(period)
                usage.used.set(wanted.count)
                usage.quota.set(wanted.quota)
            }
            .onConflict {
                $0.organizationID; $0.metric; $0.periodStart
            } update: { old, new in
                old.used.set(old.used + new.used)
                old.quota.set(new.quota)
            } where: { old, new in
                old.used + new.used <= new.quota
            }
            .returning { ($0.organizationID, $0.used) }.named("counted")
        let stored = input.from().join(counted) { $0.organizationID == $1.fields.0 }
            .insert(into: Message.self) { message, input, _ in
                message.id.set(input.id)
                message.retentionDays.set(input.retentionDays)
                message.organizationID.set(input.organizationID)
                message.queueID.set(input.queueID)
                message.state.set(input.state)
                message.contentType.set("application/json")
                message.payloadEncoding.set(.json)
                message.payload.set(input.payload)
                message.retry.set(input.retry)
                message.scheduledFor.set(input.scheduledFor)
                message.nextAttemptAt.set(input.scheduledFor.coalesce(input.createdAt))
                message.updatedAt.set(input.createdAt)
            }.named("stored")
        return counted.from().with(stored).select { ($0.fields.0, $0.fields.1) }
    }

    @Test("Acceptance: one statement counts, checks the quota and stores")
    func acceptance() async throws {
        try await withApplication { database in
            let queue = try await makeQueue(in: database)
            let period = Timestamp(milliseconds: 1_700_000_000_000)
            let first = try await database.all(accept(input(3, queue), period: period))
            #expect(first.map(\.0) == ["org"] && first.map(\.1) == [3])
            let second = try await database.all(accept(input(2, queue) + input(1, queue, organization: "poor", quota: 0), period: period))
            #expect(second.map(\.0) == ["org"] && second.map(\.1) == [5])
            #expect(try await database.all(accept(input(1, queue, quota: 5), period: period)).isEmpty)
            #expect(try await database.count(Message.from()) == 5)
        }
    }

    @Test("Delivery: claimed with a join, settled with a data-modifying CTE")
    func delivery() async throws {
        try await withApplication { database in
            let queue = try await makeQueue(in: database)
            let messages = input(2, queue)
            _ = try await database.all(accept(messages, period: .now))
            let id = messages[0].id
            let claim = Message.update(from: MessageQueue.self) { message, _ in
                message.state.set(.delivering)
                message.attemptCount.set(message.attemptCount + 1)
                message.updatedAt.set(.now)
            }.where { message, queue in
                message.id == id
                message.retentionDays.isIn([7, 30, 90, 400])
                message.organizationID == "org"
                queue.id == message.queueID
                message.nextAttemptAt <= .now
            }.returning { message, queue in (message.retentionDays, message.attemptCount, message.payload, queue.destinationURL) }
            let claimed = try await database.one(claim)
            #expect(claimed.1 == 1 && claimed.3 == "https://example.com")

            let recorded = DeliveryAttempt.insert(
                .init(
                    messageID: id, number: 1, retentionDays: 7, organizationID: "org", startedAt: .now, durationMicroseconds: 5, status: 200
                )
            ).onConflictDoNothing().named("recorded")
            let state = MessageState.delivered
            let settle = Message.update { message in
                message.state.set(state)
                message.nextAttemptAt.set(nil)
                message.finishedAt.set(.now)
            }.where { message in
                message.id == id && message.retentionDays == 7
                message.nextAttemptAt.isNotNull()
                Expr(state == .delivered) || message.state == .delivering && message.attemptCount == 1
            }.with(recorded).returning { _ in Expr(true) }
            #expect(try await database.all(settle) == [true])
            #expect(try await database.count(DeliveryAttempt.from()) == 1)
            #expect(try await database.all(settle).isEmpty)
        }
    }

    @Test("Giving back: a case over an enum")
    func givingBack() async throws {
        try await withApplication { database in
            let queue = try await makeQueue(in: database)
            let messages = input(1, queue)
            _ = try await database.all(accept(messages, period: .now))
            let back = Message.update { message in
                message.state.set(caseWhen(message.attemptCount > 1, then: MessageState.retrying).otherwise(.queued))
                message.attemptCount.set(message.attemptCount - 1)
                message.updatedAt.set(now())
            }.where { $0.id == messages[0].id }.returning { $0.state }
            #expect(try await database.one(back) == .queued)
        }
    }

    @Test("Reconciling: pages by (due, id), with a condition that may be there")
    func reconciling() async throws {
        try await withApplication { database in
            let queue = try await makeQueue(in: database)
            let messages = input(5, queue)
            _ = try await database.all(accept(messages, period: .now))
            var seen: [MessageID] = []
            var cursor: (Timestamp, MessageID)?
            for overdue in [Timestamp.now, nil, nil] {
                let page = try await database.page(
                    Message.from().where { message in
                        message.nextAttemptAt.isNotNull()
                        if let overdue { message.nextAttemptAt < overdue }
                    }
                    .after(cursor) { ($0.nextAttemptAt.assumingNotNull().ascending, $0.id.ascending) }
                    .select { ($0.id, $0.organizationID, $0.nextAttemptAt.assumingNotNull()) }, limit: 2)
                seen += page.items.map(\.0)
                cursor = page.items.last.map { ($0.2, $0.0) }
                #expect(page.hasMore == (seen.count < 5))
            }
            #expect(Set(seen) == Set(messages.map(\.id)) && seen.count == 5)
        }
    }

    @Test("Idempotency: an upsert, and its reading")
    func idempotency() async throws {
        try await withApplication { database in
            func store(_ status: Int16) -> Insert<IdempotencyKey> {
                IdempotencyKey.insert(
                    .init(
                        organizationID: "org", route: "POST /v1", key: "k", requestHash: [1], status: status, body: [],
                        expiresAt: .now + .seconds(60))
                ).onConflict {
                    $0.organizationID; $0.route; $0.key
                } update: { old, new in
                    old.requestHash.set(new.requestHash)
                    old.status.set(new.status)
                    old.createdAt.set(now())
                    old.expiresAt.set(new.expiresAt)
                }
            }
            try await database.run(store(200))
            try await database.run(store(201))
            let found = try await database.first(
                IdempotencyKey.from().where {
                    $0.organizationID == "org" && $0.route == "POST /v1" && $0.key == "k" && $0.expiresAt > now()
                }
                .select { ($0.requestHash, $0.status) })
            #expect(found?.1 == 201)
        }
    }

    @Test("Outbox: rows taken with skip locked, deleted by a list")
    func outbox() async throws {
        try await withApplication { database in
            let rows = (0..<10).map { number in
                OutboxRow.Draft(
                    id: UUIDv7(), queue: "deliver", jobID: "\(number)", data: [1], options: [:], dueAt: number % 2 == 0 ? nil : .now)
            }
            #expect(try await database.run(OutboxRow.insert(rows)) == 10)
            let age: Int64 = 0
            let take = OutboxRow.from()
                .where { $0.createdAt <= now().subtracting(Expr(age).interval(.millisecond)) }
                .orderBy { $0.id }.limit(3).lock(.update, .skipLocked)
            try await database.withTransaction { first in
                let mine = try await first.all(take)
                let theirs = try await database.withTransaction { second in
                    let rows = try await second.all(take)
                    try await second.run(OutboxRow.delete().where { $0.id.isIn(rows.map(\.id)) })
                    return rows
                }
                #expect(mine.count == 3 && theirs.count == 3 && Set(mine.map(\.id)).isDisjoint(with: theirs.map(\.id)))
            }
            #expect(try await database.count(OutboxRow.from()) == 7)
        }
    }
}
