import Foundation
import Mainstay

/// What commands say: results on standard output, failures on standard error. A reader that is gone is no reason to fail.
enum Console {
    static func write(_ text: String, terminator: String = "\n") { put(text + terminator, on: STDOUT_FILENO) }

    static func fail(_ line: String) { put(line + "\n", on: STDERR_FILENO) }

    /// Ends the process without the exit handlers of libraries: OpenSSL's take away what a thread that is still connecting may be using.
    static func end(_ code: Int32) -> Never {
        LogOutput.standardError.flush(within: .seconds(2))
        fflush(nil)
        _exit(code)
    }

    private static func put(_ text: String, on descriptor: Int32) {
        var text = text
        text.withUTF8 { _ = Foundation.write(descriptor, $0.baseAddress, $0.count) }
    }
}
