import BetterAuth
import Primitives
import TypedAPI

/// `/v1/me`: who the key is, and what it may still use.
struct MeRoutes {
    let usage: UsageService

    var endpoints: [Endpoint<ProgramContext>] {
        [
            .get("getMe", "me", "Get the key's organization, permissions and usage")
                .tags("account")
                .handle { _, context in
                    let messages = try await usage.messages(plan: context.program.plan, in: context.scope)
                    return OK(Resource(MeView(context.program, messages)))
                }
        ]
    }
}

/// Whom an API key acts for, and what is left.
@Schema(name: "Me")
struct MeView {
    @Schema(name: "MeOrganization") struct OrganizationPart {
        var id: String
        var name: String
        var slug: String
    }

    @Schema(name: "MeApiKey") struct KeyPart {
        var id: String
        var name: String?
        /// How the key begins, to tell it from others.
        var start: String?
        var permissions: [Permission]
        /// Null: every project.
        var projects: [ProjectID]?
    }

    @Schema(name: "MeUsage") struct UsagePart {
        var messages: MeView.MessageUsage
    }

    /// What was accepted in this month.
    @Schema(name: "MessageUsage") struct MessageUsage {
        var used: Int
        /// Null where the plan has no limit.
        var limit: Int?
        var resetsAt: Timestamp
    }

    var organization: OrganizationPart
    var apiKey: KeyPart
    var plan: Plan
    var usage: UsagePart

    init(_ program: ProgramIdentity, _ messages: Usage) {
        organization = OrganizationPart(
            id: program.scope.organizationID, name: program.organizationName, slug: program.organizationSlug)
        apiKey = KeyPart(
            id: program.key.id, name: program.key.name, start: program.key.start, permissions: program.permissions.sorted,
            projects: program.projects?.sorted())
        plan = program.plan.plan
        usage = UsagePart(
            messages: MessageUsage(
                used: messages.used, limit: messages.limit == .max ? nil : messages.limit, resetsAt: messages.resetsAt))
    }
}
