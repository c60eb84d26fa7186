import Foundation

/// A shell command for `popen` that sees none of this process's files and sockets but its standard ones.
///
/// Sockets that a library opens without close-on-exec would otherwise live on in a server started meanwhile, and their peers never learn that they were
/// closed.
public func withoutInheritedFiles(_ command: String) -> String {
    let closeAll = "for f in /proc/$$/fd/*; do n=${f##*/}; if [ $n -gt 2 ]; then eval \"exec $n>&-\"; fi; done; exec sh -c \"$0\""
    return "exec bash -c '\(closeAll)' '\(command.replacing("'", with: "'\\''"))'"
}

/// Runs a shell command to its end, which sees none of this process's files and sockets.
///
/// On a thread of its own, since there are as few threads for tests as processors. Not by Foundation's `Process`, which can hang when it waits beside
/// others that do.
/// - Returns: Its exit status, and what it wrote to its standard output.
public func shell(_ command: String) async -> (status: Int32, output: String) {
    await withCheckedContinuation { continuation in
        Thread.detachNewThread {
            guard let pipe = popen(withoutInheritedFiles(command), "re") else { return continuation.resume(returning: (127, "")) }
            var bytes: [UInt8] = []
            var buffer = [UInt8](repeating: 0, count: 65536)
            while case let count = fread(&buffer, 1, buffer.count, pipe), count > 0 { bytes += buffer[..<count] }
            continuation.resume(returning: (pclose(pipe) >> 8 & 0xff, String(decoding: bytes, as: UTF8.self)))
        }
    }
}
