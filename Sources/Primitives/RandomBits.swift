import Synchronization

#if canImport(Glibc)
import Glibc
#endif

/// Random numbers from the operating system, fetched many at once: for identifiers made on every request, where a system call for each would
/// be most of their cost. For secrets use ``SecureRandom``, which keeps nothing in memory that it has not handed out.
enum RandomBits {
    static func next() -> UInt64 { RandomReserve.shared.next() }
}

private final class RandomReserve: Sendable {
    static let shared = RandomReserve()

    private let numbers = Mutex<[UInt64]>([])

    func next() -> UInt64 {
        numbers.withLock { numbers in
            if numbers.isEmpty {
                // One call of the system for them all.
                numbers = withUnsafeTemporaryAllocation(of: UInt64.self, capacity: 32) { buffer in
                    var generator = SystemRandomNumberGenerator()
                    if !fill(UnsafeMutableRawBufferPointer(buffer)) {
                        for index in buffer.indices { buffer[index] = generator.next() }
                    }
                    return Array(buffer)
                }
            }
            return numbers.removeLast()
        }
    }
}

/// At most 256 bytes, as the system wants it.
private func fill(_ buffer: UnsafeMutableRawBufferPointer) -> Bool {
    #if canImport(Glibc)
    getentropy(buffer.baseAddress, buffer.count) == 0
    #else
    false
    #endif
}
