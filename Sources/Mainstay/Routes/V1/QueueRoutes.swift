import HTTPDelivery
import HTTPTypes
import Primitives
import TypedAPI

/// `/v1/projects/{project}/queues`
struct QueueRoutes {
    let queues: QueueService
    let idempotency: IdempotencyService

    var endpoints: [Endpoint<ProjectContext>] { [create, list, find] }

    private var create: Endpoint<ProjectContext> {
        .post("createQueue", "queues", "Create a queue")
            .description("The secret that its deliveries are signed with is in this answer, and nowhere else ever again.")
            .tags("queues")
            .headers(IdempotencyHeaders.self)
            .body(
                CreateQueue.self,
                example: CreateQueue(name: "orders", destination: .init(url: "https://example.com/hooks/orders"), timeout: .seconds(10))
            )
            .errors([.queueNameTaken, .planLimitReached] + ProblemType.idempotency)
            .requires(.permission(.writeQueues))
            .handle { input, context in
                let idempotent = try IdempotentRequest(input, route: "POST /v1/projects/\(context.project.id)/queues")
                let new = NewQueue(
                    name: input.body.name, destinationURL: input.body.destination.url,
                    retry: try input.body.retry?.applied(to: RetryPolicy()) ?? RetryPolicy(),
                    timeout: input.body.timeout)
                let reply = try await idempotency.perform(idempotent, in: context.scope) { transaction in
                    let (queue, secret) = try await queues.create(
                        new, in: context.project.id, limit: context.program.plan.limits.queues, scope: context.scope,
                        transaction: transaction)
                    return StoredReply(Self.answer(queue, secret))
                }
                return Replayable<Answer>(reply)
            }
    }

    private typealias Answer = WithHeaders<Created<Resource<CreatedQueue>>, LocationHeader>

    private static func answer(_ queue: MessageQueue, _ secret: SigningSecret) -> Answer {
        WithHeaders(
            Created(Resource(CreatedQueue(queue, signingSecret: secret.text)), headers: [.cacheControl: CacheControl.secret]),
            LocationHeader("/v1/projects/\(queue.projectID)/queues/\(queue.name)"))
    }

    private var list: Endpoint<ProjectContext> {
        .get("listQueues", "queues", "List queues")
            .description("Newest first.")
            .tags("queues")
            .query(PageQuery.self)
            .errors(.invalidCursor)
            .requires(.permission(.readQueues))
            .handle { input, context in
                let rows = try await queues.list(input.query, in: context.project.id, scope: context.scope)
                return OK(Page(rows, limit: input.query.limit, key: \.id.uuid) { QueueView($0) })
            }
    }

    private var find: Endpoint<ProjectContext> {
        .get("getQueue", "queues/{queue}", "Get a queue")
            .tags("queues")
            .path(QueuePath.self)
            .errors(.queueNotFound)
            .requires(.permission(.readQueues))
            .handle { input, context in
                OK(Resource(QueueView(try await queues.find(input.path.queue, in: context))))
            }
    }
}

extension QueueService {
    /// The queue of a path.
    func find(_ reference: String, in context: ProjectContext) async throws -> MessageQueue {
        guard let queue = try await find(reference, in: context.project.id, scope: context.scope) else { throw Problem(.queueNotFound) }
        return queue
    }
}

@Schema struct QueuePath {
    /// The queue's id or its name.
    var queue: String
}

@Schema struct CreateQueue {
    /// 1 to 63 of a-z, 0-9, dot and hyphen; of the project's queues only one can have it.
    @Field(.pattern(QueueName.pattern, message: "Must be 1 to 63 of a-z, 0-9, dot and hyphen, beginning with a letter or digit."))
    var name: String
    var destination: Destination
    @Field(.notNull) var retry: RetryWish?
    /// Of one delivery, connecting included: from PT1S to PT5M.
    @Field(.range(Duration.seconds(1)...Duration.seconds(300))) var timeout: Duration = .seconds(15)
}

/// Where the messages of a queue are posted.
@Schema struct Destination {
    /// http or https, without user name, password and fragment. Whether its address may be reached is decided at each delivery.
    @Field(
        .length(1...2048), .format(.uri),
        .pattern(DestinationURL.pattern, message: "Must be an http or https URL without user name, password and fragment."),
        .refine(.format, "Its host looks like an IPv4 address and is none.", DestinationURL.canBeDialed))
    var url: String
}

@Schema(name: "Queue")
struct QueueView {
    var id: QueueID
    var name: String
    var projectID: ProjectID
    var destination: Destination
    var retry: RetryPolicy
    var timeout: Duration
    var createdAt: Timestamp
    var updatedAt: Timestamp

    init(_ queue: MessageQueue) {
        id = queue.id
        name = queue.name
        projectID = queue.projectID
        destination = Destination(url: queue.destinationURL)
        retry = queue.retry
        timeout = queue.timeout
        createdAt = queue.createdAt
        updatedAt = queue.updatedAt
    }
}

/// A queue as it is told once.
@Schema struct CreatedQueue {
    var id: QueueID
    var name: String
    var projectID: ProjectID
    var destination: Destination
    var retry: RetryPolicy
    var timeout: Duration
    var createdAt: Timestamp
    var updatedAt: Timestamp
    /// Verifies deliveries, by the rules of Standard Webhooks.
    var signingSecret: String

    init(_ queue: MessageQueue, signingSecret: String) {
        let view = QueueView(queue)
        id = view.id
        name = view.name
        projectID = view.projectID
        destination = view.destination
        retry = view.retry
        timeout = view.timeout
        createdAt = view.createdAt
        updatedAt = view.updatedAt
        self.signingSecret = signingSecret
    }
}
