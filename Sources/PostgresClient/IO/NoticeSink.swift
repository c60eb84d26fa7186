import CLibpq
import Logging

/// Where a connection's notices go instead of standard error.
final class NoticeSink: Sendable {
    private let logger: Logger

    init(logger: Logger) { self.logger = logger }

    /// Must outlive the connection's use of it: the connection keeps a reference.
    func attach(to connection: OpaquePointer) {
        PQsetNoticeReceiver(
            connection,
            { argument, result in
                guard let argument, let result else { return }
                Unmanaged<NoticeSink>.fromOpaque(argument).takeUnretainedValue().log(result)
            }, Unmanaged.passUnretained(self).toOpaque()
        )
    }

    /// For a connection whose notices are discarded.
    static func silence(_ connection: OpaquePointer) { PQsetNoticeReceiver(connection, { _, _ in }, nil) }

    private func log(_ result: OpaquePointer) {
        let notice = PostgresError(serverResult: result)
        let level: Logger.Level =
            switch notice.severity {
            case "WARNING": .warning
            case "NOTICE", "INFO": .info
            case "ERROR", "FATAL", "PANIC": .error
            default: .debug
            }
        logger.log(
            level: level, "PostgreSQL notice",
            metadata: ["severity": "\(notice.severity ?? "")", "sqlstate": "\(notice.sqlState ?? "")", "text": "\(notice.message)"]
        )
    }
}
