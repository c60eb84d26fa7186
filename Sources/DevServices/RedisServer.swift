#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// Redis or Valkey, bound to 127.0.0.1 and behind a password.
struct RedisServer: ManagedServer {
    let name = "redis"
    var installation: RedisInstallation
    var folder: ServerFolder
    var password: String
    var preferredPort: Int?
    var options: DevServicesOptions

    private var data: String { folder.data + "/redis" }
    private var pidFile: String { data + "/redis.pid" }
    private var configuration: String { data + "/redis.conf" }
    var socket: String { folder.sockets + "/redis.sock" }

    func prepare(port: Int, held: [(from: OwnedDescriptor, to: Int32)]) async throws(DevServicesError) {
        try folder.account.makePrivateFolder(data)
        try await StaleServer.clear(pidFile: pidFile, workingIn: data, signal: SIGTERM)
        unlink(socket)
        // In a file, since a command line is there for every user to see.
        try writePrivateFile(configuration, Array(settings(port: port).map { $0 + "\n" }.joined().utf8))
        try folder.account.own(configuration)
    }

    private func settings(port: Int) -> [String] {
        let common = [
            "bind 127.0.0.1", "port \(port)", "requirepass \(password)", "unixsocket \(quoted(socket))", "unixsocketperm 700",
            "dir \(quoted(data))", "pidfile \(quoted(pidFile))", "daemonize no", "save \"\"", "maxmemory-policy noeviction",
        ]
        return common + (options.durable ? ["appendonly yes", "appendfsync \(options.redisSync.rawValue)"] : ["appendonly no"])
    }

    private func quoted(_ path: String) -> String {
        var text = ""
        for character in path.unicodeScalars {
            if character == "\\" || character == "\"" { text += "\\" }
            if character == "\n" { text += "\\n" } else { text.unicodeScalars.append(character) }
        }
        return "\"\(text)\""
    }

    func command(port: Int) -> Supervisor.Command {
        Supervisor.Command(
            arguments: folder.account.prefix + [installation.program, configuration], stopSignal: "TERM", log: folder.log(of: name))
    }

    func isReady(port: Int) async throws(DevServicesError) -> Bool {
        let request = "AUTH \(password)\r\nPING\r\n"
        // While it loads its data it answers the password with +OK and PING with -LOADING.
        return await onBlockingThread { LoopbackPort.ask(port, request) == "+OK\r\n+PONG\r\n" }
    }

    func mayRetry(log: String) -> Bool { log.contains("Address already in use") }
}
