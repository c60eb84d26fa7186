/// What went wrong with the private servers, in words that say what to do about it.
public struct DevServicesError: Error, Sendable, CustomStringConvertible {
    /// What kind of trouble it is, for a program to tell apart.
    public enum Code: String, Sendable {
        /// A server or tool is not installed; the text names the Debian package.
        case missingBinary
        /// Only versions too old, or one that cannot read the folder's data, were found.
        case unsupportedVersion
        /// Another live process runs its servers in the folder.
        case folderInUse
        /// The folder cannot be made, owned or read as needed.
        case folderUnusable
        /// A server did not come up; the text ends with the tail of its log.
        case startFailed
        /// A command sent to a running server failed, or one of its processes did not obey a signal.
        case commandFailed
        /// The task was cancelled while it waited for a server. What a start had started was stopped; a pause may be half done.
        case cancelled
        /// The services were used after `stop()`, or the asked server was killed or is not part of them.
        case notRunning
    }

    public let code: Code
    /// One or more lines for the person at the terminal. Never holds a password.
    public let message: String

    init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    public var description: String { message }
}
