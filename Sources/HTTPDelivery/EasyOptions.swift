import CCurl

/// Sets libcurl's options on one handle, each failure an error.
struct EasyOptions {
    private let easy: UnsafeMutableRawPointer

    init(_ easy: UnsafeMutableRawPointer) { self.easy = easy }

    func check(_ code: CURLcode) throws(OutgoingError) {
        guard code == CURLE_OK else {
            throw OutgoingError(.systemFailure, "libcurl refused an option: \(String(cString: curl_easy_strerror(code))).")
        }
    }

    func set(_ option: CURLoption, _ value: Int) throws(OutgoingError) { try check(mainstay_curl_set_long(easy, option, value)) }

    func set(_ option: CURLoption, _ value: String?) throws(OutgoingError) {
        if let value {
            try check(mainstay_curl_set_string(easy, option, value))
        } else {
            try check(mainstay_curl_set_string(easy, option, nil))
        }
    }

    func set(_ option: CURLoption, pointer: UnsafeMutableRawPointer?) throws(OutgoingError) {
        try check(mainstay_curl_set_pointer(easy, option, pointer))
    }

    func apply(_ request: CheckedRequest, configuration: OutgoingHTTPConfiguration, timeout: Duration) throws(OutgoingError) {
        try lockDown()
        try trust(configuration.certificateAuthorities)
        try limit(configuration, timeout: timeout)
        try set(CURLOPT_URL, request.destination.url)
        try set(CURLOPT_USERAGENT, configuration.userAgent)
        try set(CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_2TLS))
        try describe(request)
    }

    /// Nothing but the request itself decides where it goes and what it carries: no environment, no files, no answers of servers.
    private func lockDown() throws(OutgoingError) {
        try set(CURLOPT_PROTOCOLS_STR, "http,https")
        try set(CURLOPT_REDIR_PROTOCOLS_STR, "http,https")
        try set(CURLOPT_FOLLOWLOCATION, 0)
        try set(CURLOPT_DISALLOW_USERNAME_IN_URL, 1)
        try set(CURLOPT_PROXY, "")
        try set(CURLOPT_NOPROXY, "*")
        try set(CURLOPT_NETRC, 0)
        try set(CURLOPT_HTTP09_ALLOWED, 0)
        try set(CURLOPT_NOSIGNAL, 1)
    }

    private func trust(_ authorities: String?) throws(OutgoingError) {
        try set(CURLOPT_SSL_VERIFYPEER, 1)
        try set(CURLOPT_SSL_VERIFYHOST, 2)
        try set(CURLOPT_SSLVERSION, Int(CURL_SSLVERSION_TLSv1_2))
        if let file = authorities ?? CurlLibrary.certificateAuthorities {
            try set(CURLOPT_CAINFO, file)
            // With a directory of certificates beside the file, libcurl would read the whole file again for every connection.
            try set(CURLOPT_CAPATH, nil)
        }
    }

    private func limit(_ configuration: OutgoingHTTPConfiguration, timeout: Duration) throws(OutgoingError) {
        try set(CURLOPT_TIMEOUT_MS, timeout.curlMilliseconds)
        try set(CURLOPT_CONNECTTIMEOUT_MS, configuration.connectTimeout.curlMilliseconds)
        try limitConnections(configuration)
        // A look-up that outlives its request is left to its thread, which cleans up after itself: the I/O thread never waits for it.
        try set(CURLOPT_QUICK_EXIT, 1)
    }

    func limitConnections(_ configuration: OutgoingHTTPConfiguration) throws(OutgoingError) {
        try set(CURLOPT_MAXAGE_CONN, max(1, Int(configuration.idleTimeout.components.seconds)))
        try set(CURLOPT_MAXLIFETIME_CONN, max(1, Int(configuration.connectionLifetime.components.seconds)))
    }

    private func describe(_ request: CheckedRequest) throws(OutgoingError) {
        if request.method == "HEAD" {
            try set(CURLOPT_NOBODY, 1)
        } else if request.body.isEmpty, !["POST", "PUT", "PATCH"].contains(request.method) {
            try set(CURLOPT_HTTPGET, 1)
            try set(CURLOPT_CUSTOMREQUEST, request.method)
        } else {
            try set(CURLOPT_POST, 1)
            // An empty array may have no address, and libcurl takes a null pointer as "no body was given": any other will do then.
            let code = request.body.withUnsafeBytes { bytes in
                mainstay_curl_set_body(easy, bytes.baseAddress ?? UnsafeRawPointer(easy), curl_off_t(bytes.count))
            }
            try check(code)
            try set(CURLOPT_CUSTOMREQUEST, request.method)
        }
    }
}

/// Reads what libcurl measured on one handle.
struct EasyInfo {
    private let easy: UnsafeMutableRawPointer

    init(_ easy: UnsafeMutableRawPointer) { self.easy = easy }

    /// 0 as long as no final response began.
    var status: Int { long(CURLINFO_RESPONSE_CODE) }

    /// In both directions, as far as libcurl counts.
    var movedBytes: Int64 {
        offset(CURLINFO_SIZE_UPLOAD_T) + offset(CURLINFO_SIZE_DOWNLOAD_T) + Int64(long(CURLINFO_REQUEST_SIZE) + long(CURLINFO_HEADER_SIZE))
    }

    var requestWasStarted: Bool { offset(CURLINFO_PRETRANSFER_TIME_T) > 0 }

    var remoteAddress: String? { text(CURLINFO_PRIMARY_IP) }

    /// nil when the connection is not kept.
    var activeSocket: Int32? {
        let socket = mainstay_curl_active_socket(easy)
        return socket < 0 ? nil : socket
    }

    func text(_ info: CURLINFO) -> String? {
        var text: UnsafePointer<CChar>?
        guard mainstay_curl_get_string(easy, info, &text) == CURLE_OK, let text, text.pointee != 0 else { return nil }
        return String(cString: text)
    }

    /// libcurl counts from the start of the transfer; the differences are the phases.
    ///
    /// - Parameter elapsed: From the start to the first byte of the response. libcurl's own counter of that name is no help: with a
    ///   body to send, it stops at the first byte that goes out.
    func timing(firstByteAfter elapsed: Duration) -> OutgoingTiming {
        let total = offset(CURLINFO_TOTAL_TIME_T)
        let ready = offset(CURLINFO_PRETRANSFER_TIME_T)
        // The two clocks start some microseconds apart: what they say together stays within the total.
        let firstByte = min(max(.zero, elapsed - .microseconds(ready)), .microseconds(max(0, total - ready)))
        guard long(CURLINFO_NUM_CONNECTS) > 0 else {
            return OutgoingTiming(dns: .zero, connect: .zero, tls: .zero, firstByte: firstByte, total: .microseconds(total))
        }
        let resolved = offset(CURLINFO_NAMELOOKUP_TIME_T)
        let connected = offset(CURLINFO_CONNECT_TIME_T)
        let secured = offset(CURLINFO_APPCONNECT_TIME_T)
        return OutgoingTiming(
            dns: .microseconds(resolved), connect: .microseconds(max(0, connected - resolved)),
            tls: .microseconds(max(0, secured - connected)), firstByte: firstByte, total: .microseconds(total))
    }

    func long(_ info: CURLINFO) -> Int {
        var value = 0
        return mainstay_curl_get_long(easy, info, &value) == CURLE_OK ? value : 0
    }

    /// In microseconds.
    private func offset(_ info: CURLINFO) -> Int64 {
        var value: curl_off_t = 0
        return mainstay_curl_get_offset(easy, info, &value) == CURLE_OK ? Int64(value) : 0
    }
}
