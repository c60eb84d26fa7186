import NIOCore

@testable import TypedAPI

extension ConnectionMachine {
    /// One with round limits, in seconds.
    static func sample(receive: Int64 = 15, respond: Int64 = 20) -> ConnectionMachine {
        ConnectionMachine(
            receiveLimit: .seconds(receive), respondLimit: .seconds(respond), stopLimit: .seconds(10), idleLimit: .seconds(60),
            maximumAddressBytes: 100, at: .second(0))
    }

    /// The head of an ordinary request.
    mutating func head(at seconds: Int64 = 0) -> Action { headArrived(.init(addressBytes: 10), at: .second(seconds)) }

    /// What comes of looking at the time: an action, or when to look again.
    mutating func look(at seconds: Int64, unsent: Int = 0) -> Action {
        let (action, next) = checkTime(at: .second(seconds), unsent: unsent)
        return action == .none ? .checkAt(next) : action
    }
}

extension NIODeadline {
    static func second(_ seconds: Int64) -> NIODeadline { .uptimeNanoseconds(0) + .seconds(seconds) }
}
