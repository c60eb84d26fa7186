import HTTPTypes
import Hummingbird
import JSON
import Primitives
import TypedAPI

/// `/v1/projects/{project}/queues/{queue}/messages`
struct MessageRoutes {
    let queues: QueueService
    let messages: MessageStore
    let publisher: MessagePublisher

    /// Larger than any plan's payload in base 64, with room for the rest of the body.
    static let maximumBodyBytes = 2 << 20

    func add(to group: RouterGroup<ProjectContext>) {
        group.post("queues/{queue}/messages") { request, context in try await publish(request, context) }
        group.get("queues/{queue}/messages/{message}") { request, context in
            try request.refuseParameters()
            try context.require(.readMessages)
            let queue = try await queues.find(in: context)
            guard let id = context.parameters.get("message").flatMap({ MessageID($0) }),
                let message = try await messages.find(
                    id, in: queue.id, likely: context.program.plan.limits.retention, scope: context.scope)
            else { throw Problem(.messageNotFound) }
            return Response.json(["data": message.json])
        }
    }

    private func publish(_ request: Request, _ context: ProjectContext) async throws -> Response {
        try context.require(.writeMessages)
        try request.refuseParameters()
        let (object, body) = try await request.jsonObject(upTo: Self.maximumBodyBytes)
        let idempotent = try IdempotentRequest(request, route: "POST /v1/projects/{project}/queues/{queue}/messages", body: body)
        let queue = try await queues.find(in: context)
        let limits = context.program.plan.limits
        let message = try PublishRequest(object, queue: queue, limits: limits).message(
            in: context.project.id, queue: queue.id, organizationID: context.scope.organizationID, trace: context.trace)
        let location = "/v1/projects/\(context.project.id)/queues/\(queue.name)/messages/\(message.id)"
        let resetsAt = UsagePeriod(containing: .now).end
        func answer(used: Int) -> StoredResponse {
            var headers = UsageHeaders.values(used: used, limit: message.quota, resetsAt: resetsAt)
            headers["Location"] = location
            return StoredResponse(status: .accepted, body: ["data": message.receipt], headers: headers)
        }
        if let idempotent {
            return try await publisher.publish(message, as: idempotent, in: context.scope, answer: answer).response
        }
        return answer(used: try await publisher.publish(message)).response
    }
}

extension NewMessage {
    /// What the publisher is told.
    var receipt: JSONValue {
        [
            "id": .string(id.description), "state": .string(state.rawValue), "scheduledFor": .string(orNull: scheduledFor?.rfc3339),
            "createdAt": .string(createdAt.rfc3339),
        ]
    }
}
