/// How a pool reaches its server, and how much of it it may use.
public struct PostgresPoolConfiguration: Sendable {
    /// At most this many connections, 1 or more.
    public var maximumConnections = 10
    /// Connections opened at start and kept; the others open on demand.
    public var minimumConnections = 1
    /// Statements on one connection that wait for their results, 1 or more. More than one lets them share round trips.
    public var maximumPipelineDepth = 16
    /// How long one attempt to connect may take, to each of the URL's hosts, and to each address of a host with several.
    public var connectTimeout: Duration = .seconds(5)
    /// How long a query or transaction waits for a connection.
    public var acquireTimeout: Duration = .seconds(10)
    /// Connections beyond ``minimumConnections`` that had nothing to do for this long are closed; nil keeps them.
    public var idleTimeout: Duration? = .seconds(600)
    /// Connections older than this, shortened at random by up to a tenth, are replaced as soon as they are idle, one after the other: the server
    /// sheds their caches, and a changed address is noticed. Nil keeps them.
    public var maximumConnectionAge: Duration? = .seconds(3600)
    /// How long ``PostgresPool/close()`` lets queries and transactions finish before it cuts them off.
    public var closeTimeout: Duration = .seconds(20)
    /// The role every connection takes on for life; nil stays with the one that logs in.
    public var role: String?
    public var applicationName = "mainstay"
    /// The server ends statements that run longer; nil leaves its own setting.
    public var statementTimeout: Duration?
    /// Off behind a pooler that changes server sessions between transactions (PgBouncer in transaction mode, before 1.21).
    ///
    /// Every statement is then sent whole. Nothing that lives in a session can be relied on there: set the time zone, and whatever
    /// else, at the role or database. ``role`` and ``statementTimeout`` travel as startup options, which PgBouncer refuses unless told to ignore
    /// them, and must not be used there. LISTEN needs a connection of its own past the pooler.
    public var usesPreparedStatements = true
    /// Prepared statements kept per connection.
    public var statementCacheSize = 256
    /// Threads that wait for answers, 1 to 64. One is enough, unless tasks run on them: see ``PostgresPool/executor``.
    public var ioThreads = 1
    /// Told about statements and connections.
    public var observer: PostgresObserver?

    let target: ConnectionTarget

    /// - Parameter url: `postgresql://user:password@host:port/database?sslmode=…`, anything libpq takes in a URL, unix sockets
    ///   (`?host=/run/postgresql`) and several hosts among them, which are tried in order (`target_session_attrs`
    ///   says which will do). Without `sslmode`, hosts other than loopback are verified in full (`verify-full`), and so are those that a
    ///   service names (`?service=…`, `PGSERVICE`), whatever its file says of `sslmode`.
    /// - Throws: ``PostgresError`` with `.invalidConfiguration`; its text never repeats the password.
    public init(url: String) throws(PostgresError) {
        self.target = try ConnectionTarget(url: url)
    }

    func validated() throws(PostgresError) {
        func check(_ condition: Bool, _ message: String) throws(PostgresError) {
            if !condition { throw PostgresError(.invalidConfiguration, message, isRetrySafe: true) }
        }
        try check(maximumConnections >= 1, "maximumConnections must be at least 1")
        try check((0...maximumConnections).contains(minimumConnections), "minimumConnections must be 0 to maximumConnections")
        try check(maximumPipelineDepth >= 1, "maximumPipelineDepth must be at least 1")
        try check((1...64).contains(ioThreads), "ioThreads must be 1 to 64")
        try check(statementCacheSize >= 1, "statementCacheSize must be at least 1; turn usesPreparedStatements off instead")
        try check(connectTimeout > .zero && acquireTimeout > .zero, "timeouts must be positive")
        try check(
            (idleTimeout ?? .seconds(1)) > .zero && (maximumConnectionAge ?? .seconds(1)) > .zero, "timeouts must be positive, or nil")
        try check(statementTimeout.map { $0 >= .milliseconds(1) } ?? true, "statementTimeout must be at least one millisecond")
    }

    /// The URL's parameters, those that are added to it for safety, and what libpq puts in place of a port, user or database that is left out.
    package var effectiveParameters: [(keyword: String, value: String)] { target.parameters + target.defaults }

    /// What libpq is given for each connection.
    var connectionParameters: [(keyword: String, value: String)] {
        var parameters = target.parameters
        func setDefault(_ keyword: String, _ value: String) {
            if !parameters.contains(where: { $0.keyword == keyword }) { parameters.append((keyword, value)) }
        }
        var options = parameters.first { $0.keyword == "options" }.map { [$0.value] } ?? []
        parameters.removeAll { $0.keyword == "options" || $0.keyword == "client_encoding" }
        if let role { options.append(startupOption("role", role)) }
        if let statementTimeout { options.append(startupOption("statement_timeout", String(statementTimeout.wholeMilliseconds))) }
        if usesPreparedStatements { options.append(startupOption("TimeZone", "UTC")) }
        if !options.isEmpty { parameters.append(("options", options.joined(separator: " "))) }
        parameters.append(("client_encoding", "UTF8"))
        setDefault("application_name", applicationName)
        setDefault("gssencmode", "disable")  // saves a round trip
        setDefault("keepalives_idle", "30")
        setDefault("tcp_user_timeout", "15000")
        return parameters
    }

    /// Spaces and backslashes separate options unless escaped.
    private func startupOption(_ name: String, _ value: String) -> String {
        var escaped = ""
        for character in value {
            if character == " " || character == "\\" { escaped.append("\\") }
            escaped.append(character)
        }
        return "-c \(name)=\(escaped)"
    }
}

extension PostgresPoolConfiguration: CustomStringConvertible {
    /// Without the password.
    public var description: String { "\(target), at most \(maximumConnections) connections" }
}

extension Duration {
    /// Clamped to what an `Int64` holds.
    var wholeMilliseconds: Int64 { whole(1000) }
    /// Clamped to what an `Int64` holds.
    var wholeNanoseconds: Int64 { whole(1_000_000_000) }

    private func whole(_ unitsPerSecond: Int64) -> Int64 {
        let (seconds, attoseconds) = components
        let (product, overflow) = seconds.multipliedReportingOverflow(by: unitsPerSecond)
        return overflow ? (seconds < 0 ? .min : .max) : product.later(by: attoseconds / (1_000_000_000_000_000_000 / unitsPerSecond))
    }
}
