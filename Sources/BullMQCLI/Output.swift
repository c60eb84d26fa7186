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

/// For people to read: what producers and processors wrote may not move the cursor of whoever looks at it, or begin a line of its own.
///
/// - Parameter isBlock: line ends and tabs stay.
func shown(_ text: String, isBlock: Bool = false) -> String {
    guard text.unicodeScalars.contains(where: { $0.properties.generalCategory == .control }) else { return text }
    return text.unicodeScalars.reduce(into: "") { shown, scalar in
        switch scalar {
        case "\n", "\t":
            if isBlock { shown.unicodeScalars.append(scalar) } else { shown += scalar == "\n" ? #"\n"# : #"\t"# }
        case _ where scalar.properties.generalCategory == .control: shown += #"\u{"# + String(scalar.value, radix: 16) + "}"
        default: shown.unicodeScalars.append(scalar)
        }
    }
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
