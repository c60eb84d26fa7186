import HTTPTypes
import JSON
import Primitives
import TypedAPI

/// `/v1/projects/{project}/queues/{queue}/messages`
struct MessageRoutes {
    let queues: QueueService
    let messages: MessageStore
    let publisher: MessagePublisher

    /// Larger than any plan's payload in base 64, with room for the rest of the body.
    private static let limits = JSONLimits(size: 2 << 20)

    var endpoints: [Endpoint<ProjectContext>] { [publish, find] }

    private var publish: Endpoint<ProjectContext> {
        .post("publishMessage", "queues/{queue}/messages", "Publish a message")
            .description("Once it is answered 202, the message is stored, and is delivered at least once.")
            .tags("messages")
            .path(QueuePath.self)
            .headers(IdempotencyHeaders.self)
            .body(PublishMessage.self, limits: Self.limits, example: PublishMessage(payload: RawJSON(["order": 1842]), delay: .seconds(60)))
            .errors([.queueNotFound, .payloadTooLarge, .usageLimitExceeded, .overloaded, .shuttingDown] + ProblemType.idempotency)
            .requires(.permission(.writeMessages))
            .handle { input, context in
                let queue = try await queues.find(input.path.queue, in: context)
                let idempotent = try IdempotentRequest(
                    input, route: "POST /v1/projects/\(context.project.id)/queues/\(queue.id)/messages")
                let message = try input.body.message(
                    in: queue, limits: context.program.plan.limits, organizationID: context.scope.organizationID, trace: context.trace)
                let location = "/v1/projects/\(context.project.id)/queues/\(queue.name)/messages/\(message.id)"
                let resetsAt = UsagePeriod(containing: .now).end
                func answer(used: Int) -> StoredReply {
                    let headers = PublishHeaders(
                        location: location, usage: UsageHeaders(used: used, limit: message.quota, resetsAt: resetsAt))
                    return StoredReply(Answer(Accepted(Resource(MessageReceipt(message))), headers))
                }
                guard let idempotent else { return Replayable<Answer>(answer(used: try await publisher.publish(message))) }
                return Replayable(try await publisher.publish(message, as: idempotent, in: context.scope, answer: answer))
            }
    }

    private typealias Answer = WithHeaders<Accepted<Resource<MessageReceipt>>, PublishHeaders>

    private var find: Endpoint<ProjectContext> {
        .get("getMessage", "queues/{queue}/messages/{message}", "Get a message")
            .description("Where it stands, with every attempt to deliver it.")
            .tags("messages")
            .path(MessagePath.self)
            .errors(.queueNotFound, .messageNotFound)
            .requires(.permission(.readMessages))
            .handle { input, context in
                let queue = try await queues.find(input.path.queue, in: context)
                let message = try await messages.find(
                    input.path.message, in: queue.id, likely: context.program.plan.limits.retention, scope: context.scope)
                guard let message else { throw Problem(.messageNotFound) }
                return OK(Resource(MessageView(message)))
            }
    }
}

private struct PublishHeaders: ReplyHeaders {
    let location: String
    let usage: UsageHeaders

    static let descriptions = LocationHeader.descriptions + UsageHeaders.descriptions

    func add(to headers: inout HTTPFields) {
        LocationHeader(location).add(to: &headers)
        usage.add(to: &headers)
    }
}

@Schema struct MessagePath {
    /// The queue's id or its name.
    var queue: String
    var message: MessageID
}
