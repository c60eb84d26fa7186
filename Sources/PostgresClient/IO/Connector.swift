import CLibpq
import Glibc
import Synchronization

/// Owns one `PGconn` and closes it.
///
/// Unchecked because of the pointer alone: one thread uses it at a time. The thread that connects makes it and gives it to a
/// ``LockedConnection`` or a ``Listener`` without keeping it. The former uses it under its lock, the latter on its thread; dropping it closes it.
final class ConnectionHandle: @unchecked Sendable {
    let pointer: OpaquePointer

    init(adopting pointer: OpaquePointer) { self.pointer = pointer }

    deinit { PQfinish(pointer) }
}

/// Opens one connection, blocking: name resolution inside libpq cannot be done otherwise, so this runs on a thread of its own.
struct Connector: Sendable {
    /// One set of parameters for each host, tried in this order.
    private let attempts: [HostList.Parameters]
    /// How long each may take.
    let timeout: Duration
    private let resolve: @Sendable (String) -> [String]

    /// - Parameter resolve: All addresses of a name, none when it is unknown; may block.
    init(_ configuration: PostgresPoolConfiguration, resolve: @escaping @Sendable (String) -> [String] = HostList.addresses(of:)) {
        attempts = HostList.attempts(for: configuration.connectionParameters)
        timeout = configuration.connectTimeout
        self.resolve = resolve
    }

    /// The first host that takes us. One that answers and refuses for good, because of a password or its certificate, ends the search.
    func connect() throws(PostgresError) -> ConnectionHandle {
        var failures: [PostgresError] = []
        for parameters in attempts.flatMap({ HostList.addresses(of: $0, resolve: resolve) }) {
            do throws(PostgresError) {
                return try connect(with: parameters)
            } catch {
                if error.isPermanentRefusal { throw error }
                failures.append(error)
            }
        }
        guard let last = failures.last, failures.count > 1 else {
            throw failures.last ?? PostgresError(.invalidConfiguration, "there is no host to connect to", isRetrySafe: true)
        }
        var fields = PostgresError.ServerFields()
        (fields.sqlState, fields.hint) = (last.sqlState, last.hint)
        throw PostgresError(last.code, failures.map(\.message).joined(separator: "; "), fields: fields, isRetrySafe: true)
    }

    private func connect(with parameters: HostList.Parameters) throws(PostgresError) -> ConnectionHandle {
        let deadline = monotonicNow().later(by: timeout.wholeNanoseconds)
        guard let pointer = start(parameters) else { throw PostgresError(.connectionFailed, "out of memory", isRetrySafe: true) }
        let handle = ConnectionHandle(adopting: pointer)
        // Makes the message carry the SQLSTATE, the only way to tell a wrong password from a server that is starting.
        PQsetErrorVerbosity(pointer, PQERRORS_VERBOSE)
        var state = PQstatus(pointer) == CONNECTION_BAD ? PGRES_POLLING_FAILED : PGRES_POLLING_WRITING
        while state != PGRES_POLLING_OK {
            guard state != PGRES_POLLING_FAILED else { throw ConnectFailure(message: Connector.message(of: pointer)).error }
            guard wait(for: state, on: PQsocket(pointer), until: deadline) else {
                throw PostgresError(
                    .timedOut, "connecting took longer than \(timeout.wholeMilliseconds) ms. \(Connector.message(of: pointer))".trimmed,
                    isRetrySafe: true
                )
            }
            state = PQconnectPoll(pointer)  // may have changed the socket
        }
        PQsetErrorVerbosity(pointer, PQERRORS_DEFAULT)
        guard PQsetnonblocking(pointer, 1) == 0, PQenterPipelineMode(pointer) == 1 else {
            throw PostgresError(.connectionFailed, Connector.message(of: pointer), isRetrySafe: true)
        }
        return handle
    }

    private func start(_ parameters: HostList.Parameters) -> OpaquePointer? {
        // `strdup` rather than nested closures: the number of strings is not known here.
        let keywords = parameters.map { UnsafePointer(strdup($0.keyword)) } + [nil]
        let values = parameters.map { UnsafePointer(strdup($0.value)) } + [nil]
        defer { for string in keywords + values { free(UnsafeMutableRawPointer(mutating: string)) } }
        return PQconnectStartParams(keywords, values, 0)
    }

    private func wait(for state: PostgresPollingStatusType, on socket: Int32, until deadline: Int64) -> Bool {
        var entry = pollfd(fd: socket, events: Int16(state == PGRES_POLLING_READING ? POLLIN : POLLOUT), revents: 0)
        while true {
            let left = deadline - monotonicNow()
            guard left > 0 else { return false }
            let ready = poll(&entry, 1, Int32(clamping: left / 1_000_000 + 1))
            if ready > 0 { return true }
            if ready < 0, errno != EINTR { return true }  // libpq will meet the same trouble and describe it
        }
    }

    private static func message(of pointer: OpaquePointer) -> String {
        PQerrorMessage(pointer).map { String(cString: $0).trimmed } ?? ""
    }
}

/// Reads libpq's verbose message about a failed attempt: `… FATAL:  28P01: password authentication failed …`.
struct ConnectFailure {
    let text: String
    let sqlState: String?

    init(message: String) {
        var sqlState: String?
        let lines = message.split(separator: "\n").filter { !$0.hasPrefix("LOCATION:") }.map { line -> String in
            guard let (state, rest) = ConnectFailure.takeState(from: line) else { return String(line) }
            sqlState = state
            return rest
        }
        self.text = lines.map { $0.trimmingTabs }.joined(separator: " ")
        self.sqlState = sqlState
    }

    var error: PostgresError {
        var fields = PostgresError.ServerFields()
        fields.sqlState = sqlState
        guard let (_, hint) = ConnectFailure.distrust.first(where: { text.contains($0.phrase) }) else {
            return PostgresError(.connectionFailed, text, fields: fields, isRetrySafe: true)
        }
        fields.hint = hint
        return PostgresError(.untrustedServer, text, fields: fields, isRetrySafe: true)
    }

    /// What libpq says where TLS was asked for and is not to be had, and what helps. It has no codes for this.
    private static let distrust: [(phrase: String, hint: String)] = [
        ("server does not support SSL", "Add sslmode=disable to the URL if the network between is trusted."),
        ("certificate verify failed", "Name the authority that signed the server's certificate: sslrootcert=FILE in the URL."),
        ("does not match host name", "Connect by a name that the server's certificate holds."),
        ("root certificate file", "Name the authority that signed the server's certificate: sslrootcert=FILE in the URL."),
    ]

    /// Finds `:  XXXXX: ` and returns the state and the line without it.
    private static func takeState(from line: Substring) -> (String, String)? {
        let bytes = Array(line.utf8)
        guard bytes.count > 10 else { return nil }
        for start in 0..<(bytes.count - 10)
        where bytes[start] == UInt8(ascii: ":") && bytes[start + 1] == UInt8(ascii: " ") && bytes[start + 2] == UInt8(ascii: " ") {
            let state = bytes[start + 3..<start + 8]
            let isState = state.allSatisfy { (48...57).contains($0) || (65...90).contains($0) }
            guard isState, bytes[start + 8] == UInt8(ascii: ":"), bytes[start + 9] == UInt8(ascii: " ") else { continue }
            return (String(decoding: state, as: UTF8.self), String(decoding: bytes[...(start + 1)] + bytes[(start + 10)...], as: UTF8.self))
        }
        return nil
    }
}

extension PostgresError {
    /// Whether trying to connect again soon is pointless: a wrong password, an unknown database or role, a refusal by `pg_hba.conf`,
    /// a certificate that does not hold, a pooler that does not take our startup options (08P01).
    package var isPermanentRefusal: Bool {
        // libpq itself gives up where a password is wanted and there is none.
        guard let sqlState else { return code == .untrustedServer || message.contains("no password supplied") }
        return sqlState.hasPrefix("28") || sqlState.hasPrefix("22") || sqlState.hasPrefix("42") || ["3D000", "08P01"].contains(sqlState)
    }

    /// Whether no name server knows the host, or any of several. A name server that cannot be asked is another matter: that may pass.
    package var isUnknownHost: Bool {
        code == .connectionFailed && message.contains("could not translate host name")
            && !["Temporary failure", "connection to server"].contains(where: message.contains)
    }
}

extension String {
    fileprivate var trimmingTabs: String { String(drop { $0 == "\t" || $0 == " " }) }
}
