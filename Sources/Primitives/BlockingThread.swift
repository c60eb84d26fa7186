import Foundation

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// A thread outside Swift's pool, for work that blocks.
final class BlockingThread: Sendable {
    private let name: String
    private let niceness: Int32
    private let body: @Sendable () -> Void

    private init(name: String, niceness: Int32, body: @escaping @Sendable () -> Void) {
        self.name = name
        self.niceness = niceness
        self.body = body
    }

    /// - Parameters:
    ///   - name: For debuggers; Linux shows 15 characters.
    ///   - niceness: How much nicer than the process: above 0, its other threads go first. Linux only, elsewhere it would be the whole
    ///     process's.
    /// - Returns: Whether the system gave a thread.
    static func start(named name: String, niceness: Int32, _ body: @escaping @Sendable () -> Void) -> Bool {
        let context = Unmanaged.passRetained(BlockingThread(name: name, niceness: niceness, body: body)).toOpaque()
        let isRunning = spawn(context)
        if !isRunning { Unmanaged<BlockingThread>.fromOpaque(context).release() }
        return isRunning
    }

    private static func spawn(_ context: UnsafeMutableRawPointer) -> Bool {
        #if canImport(Darwin)
        var thread: pthread_t?
        guard pthread_create(&thread, nil, { BlockingThread.main($0) }, context) == 0, let thread else { return false }
        #else
        var thread = pthread_t()
        guard pthread_create(&thread, nil, { BlockingThread.main($0) }, context) == 0 else { return false }
        #endif
        pthread_detach(thread)
        return true
    }

    private static func main(_ context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
        guard let context else { return nil }
        let thread = Unmanaged<BlockingThread>.fromOpaque(context).takeRetainedValue()
        thread.prepare()
        thread.body()
        return nil
    }

    /// Signals of the process are for other threads; faults stay deliverable, a blocked one would kill without a trace.
    private func prepare() {
        var signals = sigset_t()
        sigfillset(&signals)
        for fault in [SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT] { sigdelset(&signals, fault) }
        pthread_sigmask(SIG_SETMASK, &signals, nil)
        // A longer name would be refused as a whole.
        Thread.current.name = String(name.prefix(15))
        guard niceness > 0 else { return }
        // On Linux 0 means this thread, which begins with the niceness of the process.
        #if canImport(Glibc)
        let whose = __priority_which_t(PRIO_PROCESS.rawValue)
        _ = setpriority(whose, 0, min(19, getpriority(whose, 0) + niceness))
        #elseif canImport(Musl)
        _ = setpriority(PRIO_PROCESS, 0, min(19, getpriority(PRIO_PROCESS, 0) + niceness))
        #endif
    }
}
