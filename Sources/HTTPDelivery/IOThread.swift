import Logging

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Starts the thread that runs a ``TransferLoop``. It needs no join: ``Mailbox/waitUntilStopped()`` tells when its work is over.
enum IOThread {
    private final class Start: Sendable {
        let multi: MultiHandle
        let mailbox: Mailbox
        let configuration: OutgoingHTTPConfiguration
        let logger: Logger

        init(multi: MultiHandle, mailbox: Mailbox, configuration: OutgoingHTTPConfiguration, logger: Logger) {
            self.multi = multi
            self.mailbox = mailbox
            self.configuration = configuration
            self.logger = logger
        }

        func run() {
            blockSignals()
            TransferLoop(multi: multi, mailbox: mailbox, configuration: configuration, logger: logger).run()
        }
    }

    /// - Returns: Whether the system gave a thread.
    static func start(multi: MultiHandle, mailbox: Mailbox, configuration: OutgoingHTTPConfiguration, logger: Logger) -> Bool {
        let start = Start(multi: multi, mailbox: mailbox, configuration: configuration, logger: logger)
        let context = Unmanaged.passRetained(start).toOpaque()
        let isRunning = spawn(context)
        if !isRunning { Unmanaged<Start>.fromOpaque(context).release() }
        return isRunning
    }

    private static func spawn(_ context: UnsafeMutableRawPointer) -> Bool {
        #if canImport(Darwin)
        var thread: pthread_t?
        guard pthread_create(&thread, nil, { IOThread.body($0) }, context) == 0, let thread else { return false }
        #else
        var thread = pthread_t()
        guard pthread_create(&thread, nil, { IOThread.body($0) }, context) == 0 else { return false }
        #endif
        pthread_detach(thread)
        return true
    }

    private static func body(_ context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
        guard let context else { return nil }
        Unmanaged<Start>.fromOpaque(context).takeRetainedValue().run()
        return nil
    }

    /// The process's signal handlers run on other threads, and a peer that hangs up during a TLS write is an error code here, not a
    /// SIGPIPE, which libcurl leaves to the program. Faults stay deliverable: a blocked one would kill without a trace.
    private static func blockSignals() {
        var signals = sigset_t()
        sigfillset(&signals)
        for fault in [SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT] { sigdelset(&signals, fault) }
        pthread_sigmask(SIG_SETMASK, &signals, nil)
    }
}
