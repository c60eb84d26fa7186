import BetterAuth
import Hummingbird
import Logging
import NIOCore
import Primitives
import TypedAPI

/// Any request: what is known before anyone has been asked who they are.
struct AppContext: RecordedContext, ClientAddressContext {
    var coreContext: CoreRequestContextStorage
    var requestID = ""
    var trace = TraceContext.none
    var start = ContinuousClock.now
    /// The socket's peer, or whom trusted proxies name; nil where there is none, as in tests without sockets.
    var clientAddress: String?
    let notes = RequestNotes()
    /// Set by ``SessionAuth``.
    var session: AuthSession?
    /// Set by ``OrganizationValidation``.
    var membership: OrganizationMembership?

    init(source: ApplicationRequestContextSource) {
        coreContext = .init(source: source)
        clientAddress = source.channel.remoteAddress?.ipText
    }
}

/// A member acting in one of their organizations. Handlers below need not check again.
struct AdminContext: ChildRequestContext, RequestIDContext, TracedContext {
    var coreContext: CoreRequestContextStorage
    var requestID: String
    var trace: TraceContext
    let session: AuthSession
    let membership: OrganizationMembership

    var scope: TenantScope { membership.scope }

    init(context: AppContext) throws {
        guard let session = context.session, let membership = context.membership else { throw Problem(.unauthenticated) }
        coreContext = context.coreContext
        requestID = context.requestID
        trace = context.trace
        self.session = session
        self.membership = membership
    }
}

/// A program acting for an organization through an API key; see ``APIKeyGuard``.
struct ProgramContext: AdmittedContext, RequestIDContext, TracedContext {
    var coreContext: CoreRequestContextStorage
    var requestID: String
    var trace: TraceContext
    let program: ProgramIdentity

    var scope: TenantScope { program.scope }

    init(_ context: AppContext, _ program: ProgramIdentity) {
        context.notes.tenant = program.scope.organizationID
        coreContext = context.coreContext
        requestID = context.requestID
        trace = context.trace
        self.program = program
    }
}

/// A program inside a project that its key may use; see ``ProjectGuard``.
struct ProjectContext: AdmittedContext, RequestIDContext, TracedContext {
    var coreContext: CoreRequestContextStorage
    var requestID: String
    var trace: TraceContext
    let program: ProgramIdentity
    let project: Project

    var scope: TenantScope { program.scope }

    init(_ context: ProgramContext, _ project: Project) {
        coreContext = context.coreContext
        requestID = context.requestID
        trace = context.trace
        program = context.program
        self.project = project
    }
}
