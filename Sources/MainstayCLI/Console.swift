import Foundation

/// What commands say: results on standard output, failures on standard error.
enum Console {
    static func write(_ line: String) { FileHandle.standardOutput.write(Data((line + "\n").utf8)) }

    static func fail(_ line: String) { FileHandle.standardError.write(Data((line + "\n").utf8)) }
}
