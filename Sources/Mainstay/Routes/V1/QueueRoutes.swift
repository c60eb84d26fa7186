import HTTPDelivery
import HTTPTypes
import Hummingbird
import JSON
import Primitives
import TypedAPI

/// `/v1/projects/{project}/queues`
struct QueueRoutes {
    let queues: QueueService
    let idempotency: IdempotencyService

    func add(to group: RouterGroup<ProjectContext>) {
        group.post("queues") { request, context in try await create(request, context) }
        group.get("queues") { request, context in
            try context.require(.readQueues)
            let page = try await queues.list(
                PageRequest(parameters: request.uri.queryParameters), in: context.project.id, scope: context.scope)
            return Response.json(page.json { .object($0.json) })
        }
        group.get("queues/{queue}") { request, context in
            try request.refuseParameters()
            try context.require(.readQueues)
            return Response.json(["data": .object(try await queues.find(in: context).json)])
        }
    }

    private func create(_ request: Request, _ context: ProjectContext) async throws -> Response {
        try context.require(.writeQueues)
        try request.refuseParameters()
        let (object, body) = try await request.jsonObject()
        var fields = FieldReader(object)
        let name = fields.string(
            "name", required: true, length: 1...63,
            matching: (QueueName.isValid, "Must be of a-z, 0-9, dot and hyphen, beginning with a letter or digit."))
        let url = fields.object("destination", required: true) { destination in
            destination.string(
                "url", required: true, length: 1...2048,
                matching: (DestinationURL.isValid, "Must be an http or https URL without user name, password and fragment."))
        }
        let retry = RetryPolicy.read(from: &fields, base: RetryPolicy())
        let timeout = fields.duration("timeout", in: .seconds(1)...Duration.seconds(300))
        try fields.finish()
        guard let name, let url = url ?? nil else { throw Problem(.validationFailed) }
        let new = NewQueue(name: name, destinationURL: url, retry: retry ?? RetryPolicy(), timeout: timeout ?? .seconds(15))
        let idempotent = try IdempotentRequest(request, route: "POST /v1/projects/{project}/queues", body: body)
        return try await idempotency.perform(idempotent, in: context.scope) { transaction in
            let (queue, secret) = try await queues.create(
                new, in: context.project.id, limit: context.program.plan.limits.queues, scope: context.scope, transaction: transaction)
            var json = queue.json
            json["signingSecret"] = .string(secret.text)
            return StoredResponse(
                status: .created, body: ["data": .object(json)],
                headers: ["Location": "/v1/projects/\(context.project.id)/queues/\(queue.name)", "Cache-Control": "no-store"])
        }.response
    }
}

extension QueueService {
    /// The queue of the path.
    func find(in context: ProjectContext) async throws -> MessageQueue {
        guard let queue = try await find(context.parameters.get("queue") ?? "", in: context.project.id, scope: context.scope) else {
            throw Problem(.queueNotFound)
        }
        return queue
    }
}

extension MessageQueue {
    var json: JSONObject {
        [
            "id": .string(id.description), "name": .string(name), "projectId": .string(projectID.description),
            "destination": ["url": .string(destinationURL)], "retry": retry.json, "timeout": .string(timeout.iso8601),
            "createdAt": .string(createdAt.rfc3339), "updatedAt": .string(updatedAt.rfc3339),
        ]
    }
}
