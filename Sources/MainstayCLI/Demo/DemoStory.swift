import HTTPDelivery
import Logging
import Primitives

/// The main job, told from outside: a new user signs up, makes an organization, a project and a key, and publishes messages that arrive
/// signed, late when asked to, and again when refused.
///
/// The server is met by HTTP alone, at an address. What arrives is judged by a receiver in this process.
struct DemoStory: Sendable {
    private let baseURL: String
    private let output: DemoOutput
    private let logger: Logger

    /// - Parameter baseURL: The server's public origin, such as `http://127.0.0.1:3000`. It must be able to reach this machine's loopback
    ///   address, and be allowed to (`OUTGOING_ALLOW=127.0.0.0/8`).
    init(baseURL: String, output: DemoOutput) {
        var baseURL = baseURL
        while baseURL.hasSuffix("/") { baseURL.removeLast() }
        self.baseURL = baseURL
        self.output = output
        // Only the story speaks: what the receiver's own libraries say would be noise in it.
        self.logger = Logger(label: "demo") { _ in SwiftLogNoOpLogHandler() }
    }

    /// Tells the story to its end or to the first step that goes wrong.
    ///
    /// - Parameter afterwards: Runs after a good end while the receiver still listens, so that messages published by hand arrive too.
    /// - Returns: What was done; a failed step is part of it, already printed, and not thrown.
    /// - Throws: `CancellationError`, and whatever `afterwards` throws.
    func run(afterwards: (DemoReport) async throws -> Void = { _ in }) async throws -> DemoReport {
        let start = ContinuousClock.now
        output.headline("Mainstay demo · \(baseURL)")
        output.line()
        let teller = DemoTeller(output: output)
        let http: OutgoingHTTP
        let receiver = DemoReceiver(logger: logger)
        do throws(OutgoingError) {
            http = try makeClient()
        } catch {
            teller.fail("Start", DemoFailure(.unreachable, error.detail))
            return teller.report
        }
        let ports = AsyncStream.makeStream(of: Int.self)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                defer { ports.continuation.finish() }
                try await receiver.run { port in ports.continuation.yield(port) }
            }
            var iterator = ports.stream.makeAsyncIterator()
            if let port = await iterator.next() {
                await tell(teller, http: http, receiver: receiver, port: port)
                try Task.checkCancellation()
                teller.report.elapsed = .now - start
                teller.report.verified = receiver.log.verifiedCount
                if teller.report.succeeded {
                    teller.summary()
                    try await afterwards(teller.report)
                }
            }
            group.cancelAll()
            do {
                try await group.waitForAll()
            } catch is CancellationError {
                // The receiver's end was asked for.
            }
        }
        await http.close()
        return teller.report
    }

    private func tell(_ teller: DemoTeller, http: OutgoingHTTP, receiver: DemoReceiver, port: Int) async {
        do throws(DemoToldFailure) {
            let account = try await AccountChapter(client: DemoClient(http: http, baseURL: baseURL)).tell(teller)
            try await MessageChapter(account: account, receiver: receiver, receiverURL: "http://127.0.0.1:\(port)").tell(teller)
        } catch {
            // Printed and on record since the step that failed.
        }
    }

    private func makeClient() throws(OutgoingError) -> OutgoingHTTP {
        // Whoever names a server by hand means it, wherever it is.
        var allowed = [try AllowedDestination("127.0.0.0/8")]
        if let host = Self.host(of: baseURL), let destination = try? AllowedDestination(host) { allowed.append(destination) }
        return try OutgoingHTTP(
            OutgoingHTTPConfiguration(allow: allowed, maximumConnections: 64, maximumConnectionsPerHost: 64, userAgent: "mainstay-demo"),
            logger: logger)
    }

    /// The host of a URL, without port or brackets.
    static func host(of url: String) -> String? {
        guard let scheme = url.firstRange(of: "://") else { return nil }
        let authority = url[scheme.upperBound...].prefix { $0 != "/" && $0 != "?" }
        if authority.first == "[" { return authority.dropFirst().split(separator: "]").first.map(String.init) }
        return authority.split(separator: ":").first.map(String.init)
    }
}
