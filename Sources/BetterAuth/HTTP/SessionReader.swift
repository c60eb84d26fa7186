import HTTPTypes

/// Finds the session of a request by its cookie, and refreshes it when that is due.
struct SessionReader: Sendable {
    let sessions: SessionService
    let cookies: AuthCookies

    /// `session` is nil without a valid session; `setCookies` belong on the answer either way.
    struct Result: Sendable {
        var session: AuthSession?
        var setCookies: [String] = []
    }

    /// - Throws: ``RevokedMeanwhile`` when the session was revoked between reading and refreshing it.
    func read(_ request: RequestCookies, refreshes: Bool = true) async throws -> Result {
        guard let token = cookies.token(in: request) else { return Result() }
        guard var found = try await sessions.find(token: token) else {
            return Result(setCookies: cookies.ending(for: request))
        }
        guard refreshes, !cookies.isForgetful(request), sessions.isRefreshDue(found.session) else { return Result(session: found) }
        guard let renewed = try await sessions.refresh(found.session) else {
            throw RevokedMeanwhile(setCookies: cookies.ending(for: request))
        }
        found.session = renewed
        found.setCookies = cookies.starting(token, remember: true)
        return Result(session: found, setCookies: found.setCookies)
    }

    /// The session vanished while it was being refreshed.
    struct RevokedMeanwhile: Error {
        var setCookies: [String]
    }
}

extension AuthCall {
    /// The signed-in user, or nil; cookies that follow from looking are queued on the answer.
    mutating func session(_ reader: SessionReader, refreshes: Bool = true) async throws -> AuthSession? {
        do {
            let result = try await reader.read(cookies, refreshes: refreshes)
            setCookies += result.setCookies
            return result.session
        } catch let gone as SessionReader.RevokedMeanwhile {
            setCookies += gone.setCookies
            throw AuthError(.unauthorized, .failedToGetSession)
        }
    }

    /// The signed-in user; 401 without one.
    mutating func requireSession(
        _ reader: SessionReader, else error: AuthError = AuthError(.unauthorized, .unauthorized)
    ) async throws -> AuthSession {
        guard let session = try await session(reader) else { throw error }
        return session
    }
}
