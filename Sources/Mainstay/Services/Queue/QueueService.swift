import HTTPDelivery
import JSON
import PostgresClient
import Primitives
import TypedAPI

/// Where the messages of one kind go, and how.
struct MessageQueue: Sendable {
    let id: QueueID
    let projectID: ProjectID
    let name: String
    let destinationURL: String
    let retry: RetryPolicy
    let timeout: Duration
    let createdAt: Timestamp
    let updatedAt: Timestamp

    init(_ row: PostgresRow) throws {
        let retry: JSONValue
        let timeoutMilliseconds: Int
        (id, projectID, name, destinationURL, retry, timeoutMilliseconds, createdAt, updatedAt) = try row.decode(
            QueueID.self, ProjectID.self, String.self, String.self, JSONValue.self, Int.self, Timestamp.self, Timestamp.self)
        self.retry = RetryPolicy(json: retry)
        timeout = .milliseconds(timeoutMilliseconds)
    }

    static let columns = SQL(unsafeRaw: "id, project_id, name, destination_url, retry, timeout_ms, created_at, updated_at")
}

/// What a queue is made from.
struct NewQueue: Sendable {
    var name: String
    var destinationURL: String
    var retry: RetryPolicy
    /// Of one delivery, connecting included.
    var timeout: Duration
}

/// The queues of a project.
struct QueueService: Sendable {
    let database: Database
    let encryption: EncryptionKeys
    let cache: TenantCache

    /// Runs in the caller's transaction, so that an idempotency key can be stored with the queue.
    ///
    /// - Returns: the queue and its signing secret in plain, which is shown this once.
    /// - Throws: ``Problem`` 409 `queue_name_taken`; 403 `plan_limit_reached` when the organization has `limit` queues already.
    func create(
        _ new: NewQueue, in project: ProjectID, limit: Int, scope: TenantScope, transaction: PostgresTransaction
    ) async throws -> (queue: MessageQueue, secret: SigningSecret) {
        // Serializes the creation of queues within one organization, so that the count below stays true.
        try await transaction.execute("select pg_advisory_xact_lock(hashtextextended(\("queue:" + scope.organizationID), 0))")
        let count = try await transaction.query(
            "select count(*) from (select from queue where organization_id = \(scope.organizationID) limit \(limit)) as existing")
        guard try count.first?.decode(Int.self) ?? 0 < limit else {
            throw Problem(.planLimitReached, detail: "The plan allows \(limit) queue\(limit == 1 ? "" : "s").")
        }
        let id = QueueID()
        let secret = SigningSecret.generate()
        let sealed = try encryption.seal(Array(secret.text.utf8), context: id.description)
        do {
            let rows = try await transaction.query(
                """
                insert into queue (id, organization_id, project_id, name, destination_url, signing_secret, retry, timeout_ms)
                values (\(id), \(scope.organizationID), \(project), \(new.name), \(new.destinationURL), \(sealed), \(new.retry.json),
                        \(Int(new.timeout.milliseconds)))
                returning \(MessageQueue.columns)
                """)
            guard let row = rows.first else { throw Problem(.internalError) }
            return (try MessageQueue(row), secret)
        } catch let error as PostgresError where error.constraint == "queue_name_key" {
            throw Problem(.queueNameTaken)
        }
    }

    /// By id or by name; nil when there is none in this project.
    func find(_ reference: String, in project: ProjectID, scope: TenantScope) async throws -> MessageQueue? {
        let condition: SQL
        if let id = QueueID(reference) {
            condition = "id = \(id)"
        } else if QueueName.isValid(reference) {
            condition = "name = \(reference)"
        } else {
            return nil
        }
        return try await cache.queue(reference, in: project, scope: scope) {
            let rows = try await database.query(
                """
                select \(MessageQueue.columns) from queue
                where project_id = \(project) and \(condition) and organization_id = \(scope.organizationID)
                """, in: scope)
            return try rows.first.map(MessageQueue.init)
        }
    }

    func list(_ page: PageRequest, in project: ProjectID, scope: TenantScope) async throws -> Page<MessageQueue> {
        let rows = try await database.query(
            """
            select \(MessageQueue.columns) from queue
            where project_id = \(project) and organization_id = \(scope.organizationID)
              and id < coalesce(\(page.after), 'ffffffff-ffff-ffff-ffff-ffffffffffff')
            order by id desc limit \(page.limit + 1)
            """, in: scope)
        return Page(rows: try rows.map(MessageQueue.init), limit: page.limit) { $0.id.uuid }
    }
}

/// 1 to 63 of a-z, 0-9, dot and hyphen, beginning with a letter or digit. Having no underscore, a name is never taken for an id.
enum QueueName {
    static func isValid(_ text: String) -> Bool {
        let bytes = text.utf8
        guard (1...63).contains(bytes.count), let first = bytes.first, first != UInt8(ascii: "."), first != UInt8(ascii: "-") else {
            return false
        }
        return bytes.allSatisfy { (97...122).contains($0) || (48...57).contains($0) || $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "-") }
    }
}
