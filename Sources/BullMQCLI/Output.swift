import Foundation

/// Writes one line to standard output.
///
/// When nobody reads it any more the program ends as others in a pipe do, by SIGPIPE, which the network library has turned off.
func say(_ line: String) {
    guard let reason = write(line + "\n", to: STDOUT_FILENO) else { return }
    if reason == EPIPE {
        signal(SIGPIPE, SIG_DFL)
        raise(SIGPIPE)
    }
    complain("cannot write to standard output: \(String(cString: strerror(reason)))")
    exit(EX_IOERR)
}

/// Writes one line to standard error, if there is one.
func complain(_ line: String) {
    _ = write("Error: \(line)\n", to: STDERR_FILENO)
}

/// Answers the number of the error that stopped it, nil when all was written.
private func write(_ text: String, to descriptor: CInt) -> CInt? {
    var text = text
    return text.withUTF8 { bytes in
        var rest = UnsafeRawBufferPointer(bytes)
        while !rest.isEmpty {
            let count = Foundation.write(descriptor, rest.baseAddress, rest.count)
            if count >= 0 {
                rest = UnsafeRawBufferPointer(rebasing: rest[count...])
            } else if errno == EAGAIN {
                // A terminal or pipe that another program has made non-blocking.
                var descriptors = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                poll(&descriptors, 1, -1)
            } else if errno != EINTR {
                return errno
            }
        }
        return nil
    }
}
