import HTTPTypes

/// Finds the session of a request by its cookie, and refreshes it when that is due.
struct SessionReader: Sendable {
    let sessions: SessionService
    let cookies: AuthCookies

    /// How current an answer must be.
    enum Demand: Sendable {
        /// What the cookie's cache says is good enough.
        case cached
        /// The store decides.
        case authoritative
    }

    /// `session` is nil without a valid session; `setCookies` belong on the answer either way.
    struct Result: Sendable {
        var session: AuthSession?
        var setCookies: [String] = []
        /// A refresh is due, and was left to another request.
        var needsRefresh = false
    }

    /// - Throws: ``RevokedMeanwhile`` when the session was revoked between reading and refreshing it.
    func read(_ request: RequestCookies, _ demand: Demand = .cached, refreshes: Bool = true) async throws -> Result {
        guard let token = cookies.token(in: request) else { return Result() }
        var dropped: [String] = []
        if let cache = cookies.cache, let text = cookies.cacheText(in: request) {
            let cached = cache.read(text, token: token)
            if let cached, demand == .cached { return Result(session: cached) }
            if cached == nil { dropped = cookies.dropping(cacheOf: request) }
        }
        guard var found = try await sessions.find(token: token) else {
            return Result(setCookies: cookies.ending(for: request))
        }
        guard refreshes, !cookies.isForgetful(request), sessions.isRefreshDue(found.session) else {
            // Without a refresh only the cache is made anew.
            let renewed =
                refreshes || cookies.isForgetful(request)
                ? cookies.caching(found, isForgetful: cookies.isForgetful(request), for: request) : []
            return Result(
                session: found, setCookies: renewed.isEmpty ? dropped : renewed,
                needsRefresh: !cookies.isForgetful(request) && sessions.isRefreshDue(found.session))
        }
        guard let renewed = try await sessions.refresh(found.session) else {
            throw RevokedMeanwhile(setCookies: cookies.ending(for: request))
        }
        found.session = renewed
        found.setCookies = cookies.starting(found, remember: true, for: request)
        return Result(session: found, setCookies: found.setCookies)
    }

    /// The session vanished while it was being refreshed.
    struct RevokedMeanwhile: Error {
        var setCookies: [String]
    }
}

extension AuthCall {
    /// The signed-in user, or nil; cookies that follow from looking are queued on the answer.
    mutating func session(
        _ reader: SessionReader, _ demand: SessionReader.Demand = .cached, refreshes: Bool = true
    ) async throws -> AuthSession? {
        try await look(reader, demand, refreshes: refreshes).session
    }

    /// The same, with whether a refresh is due.
    mutating func look(
        _ reader: SessionReader, _ demand: SessionReader.Demand = .cached, refreshes: Bool = true
    ) async throws -> SessionReader.Result {
        if let keySession { return SessionReader.Result(session: keySession) }
        do {
            let refreshes = refreshes && !reader.sessions.settings.configuration.session.defersRefresh
            let result = try await reader.read(cookies, demand, refreshes: refreshes)
            set(result.setCookies)
            return result
        } catch let gone as SessionReader.RevokedMeanwhile {
            set(gone.setCookies)
            throw AuthError(.unauthorized, .failedToGetSession)
        }
    }

    /// The signed-in user; 401 without one.
    mutating func requireSession(
        _ reader: SessionReader, _ demand: SessionReader.Demand = .cached, else error: AuthError = AuthError(.unauthorized, .unauthorized)
    ) async throws -> AuthSession {
        guard let session = try await session(reader, demand) else { throw error }
        return session
    }

    /// A signed-in user whose session began lately; 403 otherwise.
    mutating func requireFreshSession(_ reader: SessionReader) async throws -> AuthSession {
        let session = try await requireSession(reader)
        guard reader.sessions.isFresh(session.session) else { throw AuthError(.forbidden, .sessionNotFresh) }
        return session
    }

    /// Queues the cookies of a new session.
    mutating func begin(_ session: AuthSession, remember: Bool, _ cookies: AuthCookies) {
        set(cookies.starting(session, remember: remember, for: self.cookies))
    }

    /// Queues the session's cookies once more, after something in them changed.
    mutating func renew(_ session: AuthSession, _ cookies: AuthCookies) {
        guard !session.isOfAPIKey else { return }
        set(cookies.repeating(session, for: self.cookies))
    }
}
