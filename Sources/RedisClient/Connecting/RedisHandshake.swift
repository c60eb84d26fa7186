/// What is said first on a connection, and what the answers mean. Knows no socket.
struct RedisHandshake {
    enum Action: Equatable {
        /// In one flight.
        case send([RedisCommand])
        case done
        case fail(RedisError)
    }

    private let url: RedisURL
    private let name: String?
    private var dialect: RedisProtocol

    /// - Parameter name: shown by `CLIENT LIST`.
    init(url: RedisURL, name: String?) {
        self.url = url
        self.name = name
        dialect = url.protocolVersion
    }

    /// The first flight: signing in, name and database.
    func start() -> [RedisCommand] { commands }

    /// The replies to a flight, one a command.
    mutating func received(_ replies: [RedisValue]) -> Action {
        if dialect == .resp3, Self.needsOlderDialect(replies) {
            dialect = .resp2
            return .send(commands)
        }
        for case .error(let refusal) in replies { return .fail(Self.explain(refusal, from: url)) }
        return .done
    }

    /// A user alone may be one whom the server's list lets in without a password; in no case is somebody else meant.
    private var signsIn: Bool { url.user != nil || url.password != nil }

    private var commands: [RedisCommand] {
        var commands: [RedisCommand] = []
        switch dialect {
        case .resp3:
            var hello: [RedisArgument] = [3]
            if signsIn { hello += ["AUTH", RedisArgument(url.user ?? "default"), RedisArgument(url.password ?? "")] }
            if let name { hello += ["SETNAME", RedisArgument(name)] }
            commands.append(RedisCommand("HELLO", arguments: hello))
        case .resp2:
            if signsIn {
                let credentials = [url.user, url.password ?? ""].compactMap { $0.map { RedisArgument($0) } }
                commands.append(RedisCommand("AUTH", arguments: credentials))
            }
            if let name { commands.append(RedisCommand("CLIENT", "SETNAME", RedisArgument(name))) }
        }
        if url.database != 0 { commands.append(RedisCommand("SELECT", RedisArgument(url.database))) }
        // Tells a server that wants a password, or is still loading its data, from one that works.
        commands.append(RedisCommand("PING"))
        return commands
    }

    /// True when the server, or a proxy before it, does not know HELLO 3, or this user may not say it. Nothing of it was done then.
    private static func needsOlderDialect(_ replies: [RedisValue]) -> Bool {
        guard case .error(let refusal)? = replies.first else { return false }
        switch refusal.prefix {
        case "NOPROTO", "NOPERM": return true
        case "ERR": return refusal.message.lowercased().contains("unknown command")
        default: return false
        }
    }

    /// What ended the handshake, in terms of connecting.
    static func explain(_ error: RedisError, from url: RedisURL) -> RedisError {
        switch error.code {
        case .timedOut, .connectionLost:
            RedisError(.connectionFailed, "\(url) accepts connections but does not answer: \(error.message)", isRetrySafe: true)
        case .authenticationFailed where error.server == nil:
            RedisError(.authenticationFailed, "\(url) is not to be trusted: \(error.message)", isRetrySafe: true)
        case .server: error.server.map { explain($0, from: url) } ?? error
        case .invalidConfiguration, .connectionFailed, .authenticationFailed, .cancelled, .closed, .protocolError, .unexpectedReply: error
        }
    }

    private static func explain(_ refusal: RedisServerError, from url: RedisURL) -> RedisError {
        let text = refusal.message
        switch refusal.prefix {
        case "NOAUTH":
            return RedisError(
                .authenticationFailed, "\(url) wants a password; put it into the URL, redis://user:password@host", server: refusal,
                isRetrySafe: true)
        case "WRONGPASS":
            return RedisError(.authenticationFailed, "\(url) refused the user name or password", server: refusal, isRetrySafe: true)
        case "LOADING", "BUSY", "MASTERDOWN":
            return RedisError(.connectionFailed, "\(url) is not ready: \(text)", server: refusal, isRetrySafe: true)
        default:
            if text.contains("max number of clients") {
                return RedisError(.connectionFailed, "\(url) has no room: \(text)", server: refusal, isRetrySafe: true)
            }
            if text.contains("AUTH") || text.contains("password") {
                return RedisError(.authenticationFailed, "\(url) refused to sign in: \(text)", server: refusal, isRetrySafe: true)
            }
            return RedisError(
                .invalidConfiguration, "\(url) refused the connection's settings: \(text)", server: refusal, isRetrySafe: true)
        }
    }
}
