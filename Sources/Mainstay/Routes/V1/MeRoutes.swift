import BetterAuth
import Hummingbird
import JSON
import Primitives
import TypedAPI

/// `/v1/me`: who the key is, and what it may still use.
struct MeRoutes {
    let usage: UsageService

    func add(to group: RouterGroup<ProgramContext>) {
        group.get("me") { request, context in
            try request.refuseParameters()
            let program = context.program
            let messages = try await usage.messages(plan: program.plan, in: context.scope)
            return Response.json([
                "data": [
                    "organization": [
                        "id": .string(context.scope.organizationID), "name": .string(program.organizationName),
                        "slug": .string(program.organizationSlug),
                    ],
                    "apiKey": [
                        "id": .string(program.key.id), "name": .string(orNull: program.key.name),
                        "start": .string(orNull: program.key.start),
                        "permissions": .array(program.permissions.texts.map { .string($0) }),
                        "projects": program.projects.map { .array($0.sorted().map { .string($0.description) }) } ?? .null,
                    ],
                    "plan": .string(program.plan.plan.rawValue),
                    "usage": [
                        "messages": [
                            "used": .number(messages.used), "limit": messages.limit == .max ? .null : .number(messages.limit),
                            "resetsAt": .string(messages.resetsAt.rfc3339),
                        ]
                    ],
                ]
            ])
        }
    }
}
