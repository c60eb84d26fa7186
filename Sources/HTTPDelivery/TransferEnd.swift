import CCurl

/// How a transfer failed, and what that means to its caller.
struct TransferEnd {
    let code: CURLcode
    /// libcurl's own account, which names hosts and ports but neither bodies nor headers; may be empty.
    let text: String
    /// Why the guard refused every address that was tried, when it did.
    let refusedReason: String?
    let headersWereTooLarge: Bool
    let requestWasSent: Bool
    let timeout: Duration

    var error: OutgoingError {
        if let refusedReason {
            return OutgoingError(
                .blockedAddress, "The destination's address is \(refusedReason), and deliveries go to public addresses unless allowed.")
        }
        if headersWereTooLarge { return OutgoingError(.protocolError, "The headers of the response are too large.") }
        // What libcurl says when a single line outgrows its buffer.
        if code == CURLE_OUT_OF_MEMORY, requestWasSent {
            return OutgoingError(.protocolError, "A line of the response's header is too long.")
        }
        if code == CURLE_OPERATION_TIMEDOUT {
            return OutgoingError(
                .timedOut, requestWasSent ? "No complete response within \(timeout)." : "The connection could not be made in time.")
        }
        let account = text.isEmpty ? String(cString: curl_easy_strerror(code)) : text
        return OutgoingError(kind, account)
    }

    private var kind: OutgoingError.Code {
        switch code {
        case CURLE_URL_MALFORMAT, CURLE_UNSUPPORTED_PROTOCOL, CURLE_LOGIN_DENIED: requestWasSent ? .protocolError : .invalidURL
        case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY: .resolutionFailed
        case CURLE_COULDNT_CONNECT: .connectFailed
        case CURLE_SSL_CONNECT_ERROR, CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CERTPROBLEM, CURLE_SSL_CIPHER, CURLE_SSL_CACERT_BADFILE,
            CURLE_SSL_ISSUER_ERROR, CURLE_SSL_INVALIDCERTSTATUS, CURLE_SSL_ENGINE_INITFAILED, CURLE_SSL_ENGINE_NOTFOUND:
            .tlsFailed
        case CURLE_OUT_OF_MEMORY, CURLE_FAILED_INIT: .systemFailure
        case CURLE_ABORTED_BY_CALLBACK: .cancelled
        default: .protocolError
        }
    }
}
