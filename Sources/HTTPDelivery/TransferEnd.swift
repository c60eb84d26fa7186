import CCurl

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// How a transfer failed, and what that means to its caller.
struct TransferEnd {
    let code: CURLcode
    /// libcurl's own account, which names hosts and ports but neither bodies nor headers; may be empty.
    let text: String
    /// Why the guard refused every address that was tried, when it did.
    let refusedReason: String?
    let systemRefusedSocket: Bool
    let headersWereTooLarge: Bool
    let requestWasSent: Bool
    let timeout: Duration

    var error: OutgoingError {
        if isOwnWant {
            return OutgoingError(.systemFailure, "The system has no file descriptors or memory left for another connection.")
        }
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

    /// Whether it failed for want of descriptors or memory here. libcurl does not say so of look-ups and of files that it could not open.
    private var isOwnWant: Bool {
        switch code {
        case CURLE_COULDNT_CONNECT: return systemRefusedSocket
        case CURLE_COULDNT_RESOLVE_HOST, CURLE_SSL_CACERT_BADFILE:
            let probe = dup(STDERR_FILENO)
            if probe >= 0 { close(probe) }
            return probe < 0 && (errno == EMFILE || errno == ENFILE)
        default: return false
        }
    }

    private var kind: OutgoingError.Code {
        switch code {
        case CURLE_URL_MALFORMAT, CURLE_UNSUPPORTED_PROTOCOL, CURLE_LOGIN_DENIED: requestWasSent ? .protocolError : .invalidURL
        case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY: .resolutionFailed
        case CURLE_COULDNT_CONNECT: .connectFailed
        // The file of trusted certificates is ours, and its absence no fault of the destination's.
        case CURLE_SSL_CACERT_BADFILE: .invalidConfiguration
        case CURLE_SSL_CONNECT_ERROR, CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CERTPROBLEM, CURLE_SSL_CIPHER, CURLE_SSL_ISSUER_ERROR,
            CURLE_SSL_INVALIDCERTSTATUS, CURLE_SSL_ENGINE_INITFAILED, CURLE_SSL_ENGINE_NOTFOUND:
            .tlsFailed
        case CURLE_OUT_OF_MEMORY, CURLE_FAILED_INIT: .systemFailure
        default: .protocolError
        }
    }
}
