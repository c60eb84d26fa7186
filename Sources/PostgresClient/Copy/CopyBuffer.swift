import Synchronization

/// Takes data of a COPY from the I/O thread to the caller.
final class CopyBuffer: Sendable {
    /// Enough for one turn; a single row may be greater.
    static let limit = 64 * 1024

    private let state = Mutex<(bytes: [UInt8], isAtEnd: Bool)>(([], false))
    /// Whether what arrives is dropped, up to the end.
    let discards: Bool

    init(discards: Bool = false) { self.discards = discards }

    var count: Int { state.withLock { $0.bytes.count } }

    func append(_ bytes: UnsafeRawBufferPointer) {
        if !discards { state.withLock { $0.bytes.append(contentsOf: bytes) } }
    }

    func end() { state.withLock { $0.isAtEnd = true } }

    /// What was gathered, and whether it is the last.
    func take() -> (bytes: [UInt8], isAtEnd: Bool) {
        state.withLock { state in
            let taken = state
            state.bytes = []
            return taken
        }
    }
}
