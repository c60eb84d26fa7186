public import Foundation
import Synchronization

/// A host name that resolves as a test says, for everything in this process that asks the C library.
///
/// Debian's libcurl has no resolver of its own whose servers could be set: its threads call `getaddrinfo`. The test program defines that
/// function, which the dynamic linker puts before the C library's, and passes on whatever no test has scripted.
final class ScriptedName: Sendable {
    enum Answer: Sendable {
        /// Numeric; all of them, in this order.
        case addresses([String])
        /// No such name.
        case nothing
        /// None until the semaphore is signaled, and then no such name: a name server that does not answer.
        case silence(DispatchSemaphore)
    }

    let name: String
    private let state: Mutex<(answers: [Answer], lookups: Int)>

    // The linker knows one `getaddrinfo` a program.
    private static let registry: Mutex<[String: ScriptedName]> = Mutex([:])

    /// - Parameters:
    ///   - name: In any case; with a final dot it is another name. One that nobody else has when it is left out.
    ///   - answers: Given in turn, one a look-up, beginning again after the last.
    init(_ name: String? = nil, answers: Answer...) {
        self.name = name ?? "n\(UInt32.random(in: .min ... .max)).example.test"
        state = Mutex((answers, 0))
        Self.registry.withLock { $0[self.name.lowercased()] = self }
    }

    convenience init(_ name: String? = nil, addresses: String...) { self.init(name, answers: .addresses(addresses)) }

    /// How often it was asked for.
    var lookups: Int { state.withLock { $0.lookups } }

    fileprivate func next() -> Answer {
        state.withLock { state in
            state.lookups += 1
            return state.answers[(state.lookups - 1) % state.answers.count]
        }
    }

    fileprivate static func named(_ name: UnsafePointer<CChar>?) -> ScriptedName? {
        guard let name else { return nil }
        return registry.withLock { $0[String(cString: name).lowercased()] }
    }
}

private typealias AddressList = UnsafeMutablePointer<addrinfo>
private typealias LookUp =
    @convention(c) (
        UnsafePointer<CChar>?, UnsafePointer<CChar>?, UnsafePointer<addrinfo>?, UnsafeMutablePointer<AddressList?>?
    ) -> Int32

/// The C library's own.
private let systemLookUp: LookUp? = {
    // RTLD_NEXT, a macro that Swift does not see.
    let next = dlsym(UnsafeMutableRawPointer(bitPattern: -1), "getaddrinfo")
    return next.map { unsafeBitCast($0, to: LookUp.self) }
}()

@c(getaddrinfo)
public func scriptedLookUp(
    _ name: UnsafePointer<CChar>?, _ service: UnsafePointer<CChar>?, _ hints: UnsafePointer<addrinfo>?,
    _ result: UnsafeMutablePointer<UnsafeMutablePointer<addrinfo>?>?
) -> Int32 {
    guard let systemLookUp else { return EAI_SYSTEM }
    guard let script = ScriptedName.named(name) else { return systemLookUp(name, service, hints, result) }
    switch script.next() {
    case .nothing: return EAI_NONAME
    case .silence(let end):
        end.wait()
        end.signal()
        return EAI_NONAME
    case .addresses(let addresses):
        // The C library makes each entry, and frees the chain one by one.
        var chain: AddressList?
        for address in addresses.reversed() {
            var entry: AddressList?
            guard systemLookUp(address, service, hints, &entry) == 0, let entry else { continue }
            entry.pointee.ai_next = chain
            chain = entry
        }
        result?.pointee = chain
        return chain == nil ? EAI_NONAME : 0
    }
}
