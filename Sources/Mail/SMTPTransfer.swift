import CCurl

/// One message on its way to the server, by libcurl; blocks its thread.
struct SMTPTransfer: Sendable {
    let configuration: SMTPConfiguration
    let message: MailMessage

    /// What libcurl has yet to read.
    private final class Upload {
        var bytes: ArraySlice<UInt8>
        init(_ bytes: [UInt8]) { self.bytes = bytes[...] }
    }

    func perform() throws(MailError) {
        guard let easy = curl_easy_init() else { throw MailError(.unsupported, "libcurl gave no handle.") }
        defer { curl_easy_cleanup(easy) }
        var receivers: UnsafeMutablePointer<curl_slist>?
        defer { curl_slist_free_all(receivers) }
        for receiver in message.to { receivers = curl_slist_append(receivers, "<\(receiver.address)>") }

        let upload = Upload(message.mimeBytes)
        try connect(easy)
        try set(easy, CURLOPT_MAIL_FROM, "<\(message.from.address)>")
        try check(mainstay_curl_set_pointer(easy, CURLOPT_MAIL_RCPT, receivers))
        try set(easy, CURLOPT_UPLOAD, 1)
        try check(mainstay_curl_set_offset(easy, CURLOPT_INFILESIZE_LARGE, curl_off_t(upload.bytes.count)))
        try check(
            mainstay_curl_set_reader(easy) { buffer, size, count, context in
                guard let buffer, let context else { return 0 }
                let upload = Unmanaged<Upload>.fromOpaque(context).takeUnretainedValue()
                let chunk = upload.bytes.prefix(size * count)
                chunk.withUnsafeBytes { bytes in
                    if let start = bytes.baseAddress { buffer.update(from: start.assumingMemoryBound(to: CChar.self), count: bytes.count) }
                }
                upload.bytes = upload.bytes.dropFirst(chunk.count)
                return chunk.count
            })
        let code = try withExtendedLifetime(upload) { () throws(MailError) -> CURLcode in
            try check(mainstay_curl_set_pointer(easy, CURLOPT_READDATA, Unmanaged.passUnretained(upload).toOpaque()))
            return curl_easy_perform(easy)
        }
        guard code == CURLE_OK else { throw failure(code, of: easy) }
    }

    private func connect(_ easy: UnsafeMutableRawPointer) throws(MailError) {
        // The name behind the slash is what EHLO says.
        let domain = message.from.address.split(separator: "@").last ?? "localhost"
        let scheme = configuration.security == .tls ? "smtps" : "smtp"
        try set(easy, CURLOPT_URL, "\(scheme)://\(configuration.host):\(configuration.port)/\(domain)")
        try set(easy, CURLOPT_PROTOCOLS_STR, "smtp,smtps")
        try set(easy, CURLOPT_PROXY, "")
        try set(easy, CURLOPT_NETRC, 0)
        // libcurl's time-outs must not use signals in a process with threads.
        try set(easy, CURLOPT_NOSIGNAL, 1)
        let milliseconds = Int(configuration.timeout / .milliseconds(1))
        try set(easy, CURLOPT_TIMEOUT_MS, max(1, milliseconds))
        try set(easy, CURLOPT_CONNECTTIMEOUT_MS, max(1, min(milliseconds, 10_000)))
        try set(easy, CURLOPT_SSL_VERIFYPEER, 1)
        try set(easy, CURLOPT_SSL_VERIFYHOST, 2)
        try set(easy, CURLOPT_SSLVERSION, Int(CURL_SSLVERSION_TLSv1_2))
        if let file = configuration.certificateAuthorities { try set(easy, CURLOPT_CAINFO, file) }
        let level =
            switch configuration.security {
            case .tls, .startTLS: CURLUSESSL_ALL
            case .opportunistic: CURLUSESSL_TRY
            case .none: CURLUSESSL_NONE
            }
        try set(easy, CURLOPT_USE_SSL, Int(level.rawValue))
        if let user = configuration.user, let password = configuration.password {
            try set(easy, CURLOPT_USERNAME, user)
            try set(easy, CURLOPT_PASSWORD, password.text)
        }
        // Keep the server's replies off standard output.
        try check(mainstay_curl_set_receiver(easy, CURLOPT_WRITEFUNCTION) { _, size, count, _ in size * count })
    }

    private func failure(_ code: CURLcode, of easy: UnsafeMutableRawPointer) -> MailError {
        var reply = 0
        _ = mainstay_curl_get_long(easy, CURLINFO_RESPONSE_CODE, &reply)
        let what = "\(configuration): \(String(cString: curl_easy_strerror(code)))" + (reply > 0 ? " (last reply \(reply))" : "")
        switch code {
        case CURLE_LOGIN_DENIED: return MailError(.unauthorized, what)
        case CURLE_USE_SSL_FAILED, CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CONNECT_ERROR, CURLE_SSL_CACERT_BADFILE:
            return MailError(.insecure, what)
        case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_CONNECT, CURLE_OPERATION_TIMEDOUT, CURLE_GOT_NOTHING:
            return MailError(.unreachable, what)
        default:
            if (400..<500).contains(reply) { return MailError(.deferred, what) }
            return reply >= 500 ? MailError(.refused, what) : MailError(.unreachable, what)
        }
    }

    private func check(_ code: CURLcode) throws(MailError) {
        guard code == CURLE_OK else {
            throw MailError(.unsupported, "libcurl refused an option: \(String(cString: curl_easy_strerror(code))).")
        }
    }

    private func set(_ easy: UnsafeMutableRawPointer, _ option: CURLoption, _ value: Int) throws(MailError) {
        try check(mainstay_curl_set_long(easy, option, value))
    }

    private func set(_ easy: UnsafeMutableRawPointer, _ option: CURLoption, _ value: String) throws(MailError) {
        try check(mainstay_curl_set_string(easy, option, value))
    }
}
