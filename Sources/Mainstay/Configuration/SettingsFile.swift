import Foundation

/// Reads a file with settings, be it a regular one, a pipe (`<(…)`), or standard input.
enum SettingsFile {
    struct Unreadable: Error {
        var isMissing = false
        /// What is wrong and what to do, as it follows the path.
        var message: String
    }

    /// No file of settings comes near; a device may have no end.
    static let maximumSize = 1 << 20

    /// - Returns: nil when it is no UTF-8.
    static func text(of path: String) throws(Unreadable) -> String? {
        guard !path.isEmpty else { throw Unreadable(message: "needs the name of a file, such as --env-file .env.production") }
        // Opening a socket again is not possible, and standard input may be one.
        let descriptor = path == "/dev/stdin" ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0) : open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw explain(errno) }
        defer { close(descriptor) }
        return String(validating: try bytes(descriptor), as: UTF8.self)
    }

    private static func bytes(_ descriptor: Int32) throws(Unreadable) -> [UInt8] {
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 64 * 1024)
        while true {
            let count = read(descriptor, &piece, piece.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw explain(errno) }
            guard count > 0 else { return bytes }
            bytes += piece[..<count]
            guard bytes.count <= maximumSize else {
                throw Unreadable(message: "is larger than 1 MiB, which no file of settings is; name another with --env-file")
            }
        }
    }

    private static func explain(_ code: Int32) -> Unreadable {
        switch code {
        case ENOENT, ENOTDIR: Unreadable(isMissing: true, message: "does not exist; make it, or name another with --env-file")
        case EISDIR: Unreadable(message: "is a folder; name a file in it with --env-file")
        case EACCES, EPERM: Unreadable(message: "may not be read by this user; give it the right to, or name another with --env-file")
        default: Unreadable(message: "cannot be read (\(String(cString: strerror(code)))); name another with --env-file")
        }
    }
}
