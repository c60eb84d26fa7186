import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// Owns one file descriptor, which is closed once: when asked, or with its owner.
final class OwnedDescriptor: Sendable {
    private let value: Mutex<Int32>

    init(_ descriptor: Int32) { value = Mutex(descriptor) }
    deinit { close() }

    /// The descriptor, or -1 after `close()`.
    var number: Int32 { value.withLock { $0 } }

    func close() {
        value.withLock { descriptor in
            guard descriptor >= 0 else { return }
            #if canImport(Glibc)
            _ = Glibc.close(descriptor)
            #else
            _ = Darwin.close(descriptor)
            #endif
            descriptor = -1
        }
    }

    /// Waits up to `milliseconds` for data or the end of the stream; false when neither came.
    func isReadable(within milliseconds: Int32) -> Bool {
        var entry = pollfd(fd: number, events: Int16(POLLIN), revents: 0)
        return poll(&entry, 1, milliseconds) > 0
    }

    /// What can be read in one go; empty at the end of the stream.
    func readSome() -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: 4096) { buffer, count in
            repeat { count = max(-1, read(number, buffer.baseAddress, buffer.count)) } while count < 0 && errno == EINTR
            count = max(0, count)
        }
    }

    /// A pipe whose two ends are closed in any program this process starts, unless handed over on purpose.
    /// That matters: a stranger holding the write end would keep servers alive after their owner's death.
    static func pipe() throws(DevServicesError) -> (read: OwnedDescriptor, write: OwnedDescriptor) {
        var ends: [Int32] = [-1, -1]
        #if canImport(Glibc)
        // Not pipe(2): only this sets close-on-exec in the same step, and another thread may start a program between two.
        let made = socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0, &ends) == 0
        #else
        let made = Darwin.pipe(&ends) == 0 && ends.allSatisfy { fcntl($0, F_SETFD, FD_CLOEXEC) == 0 }
        #endif
        guard made else { throw DevServicesError(.startFailed, "Could not make a pipe: \(systemMessage())") }
        return (OwnedDescriptor(ends[0]), OwnedDescriptor(ends[1]))
    }
}

/// The system's text for an error number.
func systemMessage(_ number: Int32 = errno) -> String {
    String(cString: strerror(number))
}
