import Foundation
import Synchronization
import Testing

@testable import HTTPDelivery

/// Something a receiver may do to keep, fill or confuse whoever delivers to it.
struct HostileReceiver: Sendable, CustomTestStringConvertible {
    enum Outcome: Hashable, Sendable {
        case failure(OutgoingError.Code)
        case response(Int, truncated: Bool)
    }

    let testDescription: String
    /// What may come of one request; more than one where it is the kernel's timing that decides.
    let expected: Set<Outcome>
    let requestBody: Int
    let isTLS: Bool
    let script: @Sendable (inout Peer) -> Void

    init(
        _ name: String, _ expected: Outcome..., requestBody: Int = 0, isTLS: Bool = false, script: @escaping @Sendable (inout Peer) -> Void
    ) {
        testDescription = name
        self.expected = Set(expected)
        self.requestBody = requestBody
        self.isTLS = isTLS
        self.script = script
    }

    /// Reads the request, writes `text`, then says nothing more until the other side goes.
    init(_ name: String, says text: String, _ expected: Outcome...) {
        self.init(name, expected) { peer in
            guard peer.readRequest() != nil, peer.write(text) else { return }
            peer.wait()
        }
    }

    /// Reads the request, writes `text`, then `block` for ever.
    init(_ name: String, says text: String, forever block: String, every microseconds: UInt32 = 0, _ expected: Outcome...) {
        self.init(name, expected) { peer in
            guard peer.readRequest() != nil, peer.write(text) else { return }
            peer.writeForever(block, every: microseconds)
        }
    }

    private init(_ name: String, _ expected: [Outcome], script: @escaping @Sendable (inout Peer) -> Void) {
        testDescription = name
        self.expected = Set(expected)
        requestBody = 0
        isTLS = false
        self.script = script
    }
}

/// A server that treats its connections as a ``HostileReceiver`` until it is healed, and well from then on.
final class HostileServer: Sendable {
    private let listener: Listener
    private let state: State
    private let scheme: String

    private final class State: Sendable {
        let isHealed = Atomic(false)
        let sufferers = Atomic(0)
    }

    init(_ receiver: HostileReceiver) throws {
        let state = State()
        self.state = state
        scheme = receiver.isTLS ? "https" : "http"
        listener = try Listener { peer in
            if state.isHealed.load(ordering: .acquiring) {
                while peer.readRequest() != nil, peer.answer(200, "well") {}
            } else {
                state.sufferers.add(1, ordering: .relaxed)
                receiver.script(&peer)
                state.sufferers.subtract(1, ordering: .relaxed)
            }
        }
    }

    /// How many connections are still treated badly.
    var sufferers: Int { state.sufferers.load(ordering: .relaxed) }

    /// From here on plain HTTP, well served.
    func heal() { state.isHealed.store(true, ordering: .releasing) }

    var url: String { "\(scheme)://127.0.0.1:\(listener.port)/" }
    var healedURL: String { "http://127.0.0.1:\(listener.port)/" }
}
