import HTTPDelivery
import PostgresClient
import Primitives
import TypedAPI
import TypedSQL

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
        try await transaction.lock("queue:" + scope.organizationID)
        let existing = MessageQueue.from().where { $0.organizationID == scope.organizationID }
        guard try await transaction.count(existing.select { $0.id }.limit(limit)) < limit else {
            throw Problem(.planLimitReached, detail: "The plan allows \(limit) queue\(limit == 1 ? "" : "s").")
        }
        let id = QueueID()
        let secret = SigningSecret.generate()
        let queue = MessageQueue.Draft(
            id: id, organizationID: scope.organizationID, projectID: project, name: new.name, destinationURL: new.destinationURL,
            signingSecret: try encryption.seal(Array(secret.text.utf8), context: id.description), retry: new.retry,
            timeoutMilliseconds: Int(new.timeout.milliseconds))
        do {
            return (try await transaction.one(MessageQueue.insert(queue).returning()), secret)
        } catch let error as PostgresError where error.constraint == "queue_name_key" {
            throw Problem(.queueNameTaken)
        }
    }

    /// By id or by name; nil when there is none in this project.
    func find(_ reference: String, in project: ProjectID, scope: TenantScope) async throws -> MessageQueue? {
        let id = QueueID(reference)
        guard id != nil || QueueName.isValid(reference) else { return nil }
        return try await cache.queue(reference, in: project, scope: scope) {
            try await database.within(scope).first(
                MessageQueue.from().where { queue in
                    queue.projectID == project
                    if let id { queue.id == id } else { queue.name == reference }
                    queue.organizationID == scope.organizationID
                })
        }
    }

    /// Newest first: up to one more than a page has, which tells whether there is another.
    func list(_ page: PageQuery, in project: ProjectID, scope: TenantScope) async throws -> [MessageQueue] {
        try await database.within(scope).all(
            MessageQueue.from().where { $0.projectID == project && $0.organizationID == scope.organizationID }
                .after(try page.after().map(QueueID.init(uuid:))) { $0.id.descending }
                .limit(page.limit + 1))
    }
}

/// 1 to 63 of a-z, 0-9, dot and hyphen, beginning with a letter or digit. Having no underscore, a name is never taken for an id.
enum QueueName {
    static let pattern = "^[a-z0-9][a-z0-9.-]{0,62}$"

    static func isValid(_ text: String) -> Bool {
        let bytes = text.utf8
        guard (1...63).contains(bytes.count), let first = bytes.first, first != UInt8(ascii: "."), first != UInt8(ascii: "-") else {
            return false
        }
        return bytes.allSatisfy { (97...122).contains($0) || (48...57).contains($0) || $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "-") }
    }
}
