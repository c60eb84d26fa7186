#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// The places of one set of servers on disk.
///
///     folder/lock, services.json        ours
///     folder/postgres.log, redis.log    what the servers said since their last start
///     data/postgres, data/redis         theirs; `data` is a link when their account cannot reach the folder
struct ServerFolder: Sendable {
    /// Absolute, without symbolic links.
    let path: String
    let account: ServerAccount
    /// Holds a folder a server.
    let data: String
    /// Holds the servers' unix sockets.
    let sockets: String

    /// A socket address holds 107 bytes and a zero; the longest name in the folder is PostgreSQL's.
    private static let longestSocketFolder = 107 - "/.s.PGSQL.65535".utf8.count

    /// Makes what is missing. Data that exists stays as it is.
    init(_ folder: String, account: ServerAccount) throws(DevServicesError) {
        path = try Self.makeFolder(folder, mode: geteuid() == 0 ? 0o711 : 0o700)
        self.account = account
        let local = path + "/data"
        if account.obstacle(onTheWayTo: path) == nil {
            data = local
        } else {
            // The account must not be let into, say, root's home: its data live outside, behind a link.
            data = "/var/lib/mainstay/" + Self.hash(path)
            _ = symlink(data, local)
        }
        _ = try Self.makeFolder(data, mode: geteuid() == 0 ? 0o711 : 0o700)
        if let obstacle = account.obstacle(onTheWayTo: data) {
            throw DevServicesError(
                .folderUnusable,
                "Servers run as `\(account.name)`, which may not pass through \(obstacle). Choose another folder, "
                    + "or run as another user than root, or allow it: chmod o+x \(obstacle)")
        }
        let near = data + "/sockets"
        // libpq takes a comma for the end of one host and the beginning of another.
        let isUsable = near.utf8.count <= Self.longestSocketFolder && !near.contains(",")
        sockets = isUsable ? near : try Self.shortFolder(for: path, account: account)
        try account.makePrivateFolder(sockets)
    }

    /// Makes sure that the data are of this folder. Data elsewhere outlive a deleted folder, together with passwords that are lost.
    func claimData(instance: String) throws(DevServicesError) {
        let mark = data + "/instance"
        if let known = try? String(contentsOfFile: mark, encoding: .utf8) {
            if known == instance { return }
            guard !outside.isEmpty, outside.contains(data) else {
                throw DevServicesError(
                    .folderUnusable, "\(path)/services.json does not fit the data in \(data). Remove the folder to start anew.")
            }
            for name in listing(of: data) where name != "sockets" { try? FileManager.default.removeItem(atPath: data + "/" + name) }
        }
        try writePrivateFile(mark, Array(instance.utf8))
    }

    func log(of server: String) -> String { "\(path)/\(server).log" }

    /// Everything outside `path` that belongs to it.
    var outside: [String] { [data, sockets].filter { !$0.hasPrefix(path + "/") } }

    /// The last lines of a server's log, to explain a failed start.
    func logTail(of server: String, lines: Int = 20) -> String {
        let text = (try? String(contentsOfFile: log(of: server), encoding: .utf8)) ?? ""
        return text.split(separator: "\n").suffix(lines).joined(separator: "\n")
    }

    private static func makeFolder(_ folder: String, mode: mode_t) throws(DevServicesError) -> String {
        do { try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true) } catch {
            throw DevServicesError(.folderUnusable, "Could not make the folder \(folder): \(error)")
        }
        guard let path = realPath(folder), chmod(path, mode) == 0 else {
            throw DevServicesError(.folderUnusable, "The folder \(folder) is not yours to use: \(systemMessage())")
        }
        return path
    }

    /// A folder under `/tmp`, always the same for `path` unless somebody else sits there.
    private static func shortFolder(for path: String, account: ServerAccount) throws(DevServicesError) -> String {
        let name = "/tmp/mainstay-" + hash(path)
        for candidate in [name] + (1...8).map({ "\(name)-\($0)" }) {
            var info = stat()
            guard lstat(candidate, &info) == 0 else { return candidate }
            if info.st_mode & S_IFMT == S_IFDIR, info.st_uid == account.userID { return candidate }
        }
        throw DevServicesError(
            .folderUnusable, "\(path) is too long, or has a comma, for a unix socket, and \(name) belongs to somebody else.")
    }

    /// FNV-1a, 64 bits: names must only differ, nothing is protected by them.
    private static func hash(_ text: String) -> String {
        let value = text.utf8.reduce(0xcbf2_9ce4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
        return String(value, radix: 36)
    }
}
