import Foundation
import Logging
import Synchronization

/// Where log lines go: one thread writes them to standard error, in the order they came.
///
/// Nobody else waits for whoever reads them. When the reader is slower than we are, lines are dropped and counted; when it is gone, the work
/// goes on without it.
public final class LogOutput: Sendable {
    public static let standardError = LogOutput(descriptor: STDERR_FILENO)

    private struct State {
        var waiting: [UInt8] = []
        var dropped = 0
        /// Of the last line.
        var format = LogFormat.json
        var isWriting = false
        var hasThread = false
    }

    private let descriptor: Int32
    private let state = Mutex(State())
    private let wake = DispatchSemaphore(value: 0)
    /// Microseconds in which lines gather after some were written: waking the thread for each would cost requests more than the line itself.
    private static let pause: UInt32 = 5000
    /// What may wait for a slow reader.
    private static let limit = 4 << 20

    init(descriptor: Int32) { self.descriptor = descriptor }

    /// - Parameter line: one line, its end included.
    func write(_ line: [UInt8], as format: LogFormat) {
        let (isFirst, needsThread) = state.withLock { state -> (Bool, Bool) in
            guard state.waiting.count + line.count <= Self.limit else {
                state.dropped += 1
                state.format = format
                return (false, false)
            }
            let isFirst = state.waiting.isEmpty && !state.isWriting
            state.waiting += line
            let needsThread = !state.hasThread
            state.hasThread = true
            return (isFirst, needsThread)
        }
        if needsThread {
            let thread = Thread { [self] in run() }
            thread.name = "log"
            thread.start()
        }
        if isFirst { wake.signal() }
    }

    /// Waits until everything is written, for at most `time`: for the end of a process.
    public func flush(within time: Duration) {
        let end = ContinuousClock.now + time
        while ContinuousClock.now < end, state.withLock({ !$0.waiting.isEmpty || $0.isWriting }) { usleep(500) }
    }

    private func run() {
        while true {
            let (ready, dropped, format) = state.withLock { state -> ([UInt8], Int, LogFormat) in
                let taken = (state.waiting, state.dropped, state.format)
                state.waiting = []
                state.dropped = 0
                state.isWriting = !taken.0.isEmpty
                return taken
            }
            if ready.isEmpty {
                wake.wait()
                continue
            }
            put(ready)
            defer { usleep(Self.pause) }
            if dropped > 0 {
                let handler = LineLogHandler(label: "mainstay", level: .warning, format: format)
                put(Array((handler.line(.warning, "Log lines were dropped", ["count": .stringConvertible(dropped)]) + "\n").utf8))
            }
        }
    }

    private func put(_ bytes: [UInt8]) { bytes.withUnsafeBytes { _ = DescriptorWriter.write($0, to: descriptor) } }
}
