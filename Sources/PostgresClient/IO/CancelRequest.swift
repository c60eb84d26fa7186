import CLibpq

/// A cancel request that can be sent from any thread.
///
/// Unchecked because of the pointer alone: libpq documents a `PGcancel` as safe to use on another thread than its connection's, it is a copy
/// that nothing else refers to, and one thread sends it.
final class CancelRequest: @unchecked Sendable {
    private let pointer: OpaquePointer

    init(adopting pointer: OpaquePointer) { self.pointer = pointer }

    deinit { PQfreeCancel(pointer) }

    /// Blocks: opens a connection of its own. A failure means the statement simply runs on.
    func send() {
        var message = [CChar](repeating: 0, count: 256)
        _ = PQcancel(pointer, &message, 256)
    }
}
