import Foundation
import Mainstay

/// What commands say: results and progress on standard output, failures on standard error. A reader that is gone is no reason to fail.
enum Console {
    /// One that is closed when we start would be the next file or socket that is opened, which then got what is meant for people.
    static func holdStandardDescriptors() {
        for descriptor in STDIN_FILENO...STDERR_FILENO where fcntl(descriptor, F_GETFD) < 0 { _ = open("/dev/null", O_RDWR) }
    }

    /// What the command was run for: without it, the command has failed.
    ///
    /// - Throws: ``LaunchError`` when it is lost, such as on a disk that is full.
    static func result(_ text: String, terminator: String = "\n") throws(LaunchError) {
        let trouble = put(text + terminator, on: STDOUT_FILENO)
        guard trouble == 0 || trouble == EPIPE || trouble == EBADF else {
            throw LaunchError(description: "The answer could not be written to standard output: \(String(cString: strerror(trouble))).")
        }
    }

    /// How it goes on.
    static func progress(_ line: String) { _ = put(line + "\n", on: STDOUT_FILENO) }

    static func fail(_ line: String) { _ = put(line + "\n", on: STDERR_FILENO) }

    /// Ends the process without the exit handlers of libraries: OpenSSL's take away what a thread that is still connecting may be using.
    static func end(_ code: Int32) -> Never {
        LogOutput.standardError.flush(within: .seconds(2))
        fflush(nil)
        _exit(code)
    }

    /// - Returns: what went wrong, a number of `errno`, or 0.
    private static func put(_ text: String, on descriptor: Int32) -> Int32 {
        var text = text
        return text.withUTF8 { DescriptorWriter.write(UnsafeRawBufferPointer($0), to: descriptor) }
    }
}
