import Foundation

/// Lines of standard input as bytes, as they come.
struct LineReader {
    private static let chunk = 64 << 10

    private var bytes: [UInt8] = []
    /// The last read got less than it might have: whoever writes has written no more yet.
    private var isShort = false
    private var isOver = false

    /// The lines that are there, `limit` at most and without their ends; waits until there is one. Empty when there are no more.
    mutating func next(upTo limit: Int) -> [ArraySlice<UInt8>] {
        var lines: [ArraySlice<UInt8>] = []
        var start = 0
        var searched = 0
        while true {
            while lines.count < limit, let end = bytes[searched...].firstIndex(of: UInt8(ascii: "\n")) {
                lines.append(bytes[start..<end])
                start = end + 1
                searched = start
            }
            if lines.count == limit || isShort && !lines.isEmpty { break }
            if isOver {
                if start < bytes.count { lines.append(bytes[start...]) }
                start = bytes.count
                break
            }
            searched = bytes.count
            read()
        }
        bytes.removeFirst(start)
        return lines
    }

    private mutating func read() {
        var count = 0
        bytes += [UInt8](unsafeUninitializedCapacity: Self.chunk) { memory, initialized in
            repeat { count = Foundation.read(STDIN_FILENO, memory.baseAddress, Self.chunk) } while count < 0 && errno == EINTR
            initialized = max(0, count)
        }
        isShort = count < Self.chunk
        isOver = count <= 0
    }
}
