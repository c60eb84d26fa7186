import CCurl
public import Logging

/// Sends HTTP requests to destinations that somebody else chose, without letting them reach into the private network.
///
/// Each socket is opened only after its numeric address was judged, so neither odd spellings nor a name server that changes its answer
/// gets past: private, loopback, link-local, metadata and other special addresses are refused unless ``OutgoingHTTPConfiguration/allow``
/// says otherwise. Redirects are not followed, proxies, `.netrc` files and cookies not used, certificates always verified, and
/// responses are cut to the size asked for. Connections are kept and reused; HTTP/2 is used over TLS where offered.
///
/// A request goes out once, with one exception: when a kept connection turns out to be closed before a byte of response came, or an HTTP/2
/// receiver says that it refuses the stream, libcurl repeats it, some times at most, on another connection. The receiver may then see it
/// twice, as with any delivery at least once.
public final class OutgoingHTTP: Sendable {
    private let mailbox: Mailbox

    /// Starts the I/O thread, which lives until ``close(within:)`` or until this object is gone.
    ///
    /// - Throws: ``OutgoingError`` with `.invalidConfiguration` or `.systemFailure`.
    public init(_ configuration: OutgoingHTTPConfiguration = .init(), logger: Logger) throws(OutgoingError) {
        try configuration.validate()
        try CurlLibrary.start()
        guard let pointer = curl_multi_init() else { throw OutgoingError(.systemFailure, "The system refused memory.") }
        // libcurl would do without the pipe that lets other threads wake it, and then hear of requests a minute late.
        guard curl_multi_wakeup(pointer) == CURLM_OK else {
            curl_multi_cleanup(pointer)
            throw OutgoingError(.systemFailure, "The system has no file descriptors left.")
        }
        // How many unused connections are kept; how many are opened is decided before libcurl is asked.
        mainstay_curl_multi_set_long(pointer, CURLMOPT_MAXCONNECTS, min(configuration.maximumConnections, 1 << 16))
        let multi = MultiHandle(pointer: pointer)
        self.mailbox = Mailbox(multi: multi)
        guard IOThread.start(multi: multi, mailbox: mailbox, configuration: configuration, logger: logger) else {
            _ = mailbox.stop()
            curl_multi_cleanup(pointer)
            throw OutgoingError(.systemFailure, "The system refused a thread.")
        }
    }

    deinit { mailbox.requestClose(deadline: .now) }

    /// Sends one request and returns the response, whatever its status.
    ///
    /// Cancelling the task aborts the transfer and closes its connection.
    ///
    /// - Throws: ``OutgoingError``; its code says whether the receiver may have got the request.
    public func send(_ request: OutgoingRequest) async throws(OutgoingError) -> OutgoingResponse {
        let checked = try CheckedRequest(request)
        let id = mailbox.makeID()
        let deadline = ContinuousClock.now + checked.maximumWait
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                submit(Submission(id: id, request: checked, deadline: deadline, continuation: continuation))
            }
        } onCancel: {
            mailbox.cancel(id)
        }
        return try result.get()
    }

    /// Why no request can ever be sent to `url`, whatever its host resolves to; nil when one can.
    public static func problem(ofURL url: String) -> OutgoingError? {
        do throws(OutgoingError) {
            _ = try Destination(url)
            return nil
        } catch {
            return error
        }
    }

    private func submit(_ submission: Submission) {
        guard !Task.isCancelled else {
            return submission.continuation.resume(returning: .failure(OutgoingError(.cancelled, "The request was cancelled.")))
        }
        guard mailbox.submit(submission) else {
            return submission.continuation.resume(returning: .failure(OutgoingError(.closed, "The client was closed.")))
        }
        // A cancellation between the check and the submission overtook it in the mailbox: say it again.
        if Task.isCancelled { mailbox.cancel(submission.id) }
    }

    /// Refuses new requests, gives those in flight `grace` to end, aborts the rest with `.closed`, and returns when the connections are
    /// closed. May be called more than once; the earliest end counts.
    public func close(within grace: Duration = .zero) async {
        mailbox.requestClose(deadline: .now + grace)
        await mailbox.waitUntilStopped()
    }
}
