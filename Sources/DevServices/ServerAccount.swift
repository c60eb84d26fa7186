#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// The account servers run under: our own, or an unprivileged one when we are root, which PostgreSQL refuses.
struct ServerAccount: Sendable {
    var name: String
    var userID: uid_t
    var groupID: gid_t
    /// What goes in front of a command to run it under this account; it replaces itself by the command, so the process id stays.
    var prefix: [String]

    static func current(search: ServerSearch) throws(DevServicesError) -> ServerAccount {
        guard geteuid() == 0 else { return ServerAccount(name: "", userID: geteuid(), groupID: getegid(), prefix: []) }
        guard let account = named("postgres") ?? named("nobody") else {
            throw DevServicesError(.folderUnusable, "PostgreSQL does not run as root, and there is no account `postgres` or `nobody`.")
        }
        guard let setpriv = search.path.map({ $0 + "/setpriv" }).first(where: { access($0, X_OK) == 0 }) else {
            throw DevServicesError(
                .missingBinary, "`setpriv` is needed to run servers as `\(account.name)`. Install the Debian package `util-linux`.")
        }
        var result = account
        result.prefix = [setpriv, "--reuid=\(account.userID)", "--regid=\(account.groupID)", "--clear-groups", "--"]
        return result
    }

    private static func named(_ name: String) -> ServerAccount? {
        var entry = passwd()
        var found: UnsafeMutablePointer<passwd>?
        var buffer = [CChar](repeating: 0, count: 16384)
        guard getpwnam_r(name, &entry, &buffer, buffer.count, &found) == 0, found != nil, entry.pw_uid != 0 else { return nil }
        return ServerAccount(name: name, userID: entry.pw_uid, groupID: entry.pw_gid, prefix: [])
    }

    /// The first folder on the way to `path`, itself included, that this account may not pass through.
    func obstacle(onTheWayTo path: String) -> String? {
        // Our own account gets where we do: its groups may open what its name and first group do not.
        guard !prefix.isEmpty else { return nil }
        var passed = ""
        for part in path.split(separator: "/") {
            passed += "/" + part
            var info = stat()
            guard stat(passed, &info) == 0 else { return passed }
            let execute: mode_t = info.st_uid == userID ? 0o100 : info.st_gid == groupID ? 0o010 : 0o001
            if info.st_mode & execute == 0 { return passed }
        }
        return nil
    }

    /// Makes the folder, if it is not there, for this account alone.
    func makePrivateFolder(_ path: String) throws(DevServicesError) {
        guard mkdir(path, 0o700) == 0 || errno == EEXIST else {
            throw DevServicesError(.folderUnusable, "Could not make the folder \(path): \(systemMessage())")
        }
        try own(path)
    }

    /// Hands a path made by us over to this account.
    func own(_ path: String) throws(DevServicesError) {
        guard lchown(path, userID, groupID) == 0 else {
            throw DevServicesError(
                .folderUnusable,
                "Could not give \(path) to the account `\(name)` (\(systemMessage())). Choose a folder on a local file system of your own.")
        }
    }
}
