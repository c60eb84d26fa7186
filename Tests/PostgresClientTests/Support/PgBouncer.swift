import DevServices
import Foundation
import TestServices
import Testing

/// A PgBouncer in transaction mode in front of a test server: three connections of the server for as many clients as come.
final class PgBouncer: Sendable {
    static let isInstalled = FileManager.default.isExecutableFile(atPath: binary)
    static let hint: Comment = "PgBouncer is not installed: apt-get install pgbouncer"

    private static let binary = "/usr/sbin/pgbouncer"

    let url: String
    /// Its standard input ends with this process.
    nonisolated(unsafe) private let keeper: UnsafeMutablePointer<FILE>?

    init(before server: TestServer) throws {
        let port = try LoopbackPort.free()
        let folder = server.folder + "/pgbouncer-\(port)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let settings = """
            [databases]
            * = host=127.0.0.1 port=\(server.port)
            [pgbouncer]
            listen_addr = 127.0.0.1
            listen_port = \(port)
            unix_socket_dir =
            auth_type = scram-sha-256
            auth_file = \(folder)/users
            pool_mode = transaction
            default_pool_size = 3
            max_client_conn = 100
            logfile = \(folder)/log
            pidfile = \(folder)/pid
            """
        try settings.write(toFile: folder + "/pgbouncer.ini", atomically: true, encoding: .utf8)
        try "\"postgres\" \"\(TestServer.password)\"\n".write(toFile: folder + "/users", atomically: true, encoding: .utf8)
        try TestServer.run("chown -R postgres \(folder)")
        // PgBouncer refuses to run as root. It ends with the shell's input.
        let command = "\(TestServer.asPostgres) \(PgBouncer.binary) -q -d \(folder)/pgbouncer.ini"
        keeper = popen(withoutInheritedFiles("trap '' INT TERM; cd /; \(command); cat > /dev/null; kill $(cat \(folder)/pid)"), "we")
        url = server.url(port: port)
    }

    deinit { if let keeper { pclose(keeper) } }
}
