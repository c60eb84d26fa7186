import CCurl

/// libcurl's process-wide set-up, done once by the first who asks.
enum CurlLibrary {
    private static let startCode = mainstay_curl_global_init()

    /// - Throws: ``OutgoingError`` when the libcurl of this system lacks what the guarantees rest on.
    static func start() throws(OutgoingError) {
        guard startCode == CURLE_OK, let version = mainstay_curl_version()?.pointee else {
            throw OutgoingError(.systemFailure, "libcurl could not be initialized: \(String(cString: curl_easy_strerror(startCode))).")
        }
        // 7.87 brought CURLOPT_QUICK_EXIT, the youngest option used here.
        guard version.version_num >= 0x075700 else {
            throw OutgoingError(
                .invalidConfiguration, "libcurl \(String(cString: version.version)) is too old: 7.87 or later is needed.")
        }
        guard version.features & CURL_VERSION_SSL != 0, version.features & CURL_VERSION_ASYNCHDNS != 0 else {
            throw OutgoingError(.invalidConfiguration, "libcurl was built without TLS or without an asynchronous resolver.")
        }
    }

    /// The file of trusted certificates that libcurl was built to use.
    static var certificateAuthorities: String? {
        mainstay_curl_version()?.pointee.cainfo.map { String(cString: $0) }
    }
}

extension Duration {
    /// For libcurl's millisecond options, where 0 would mean "no limit".
    var curlMilliseconds: Int {
        let (seconds, attoseconds) = components
        let milliseconds = seconds.multipliedReportingOverflow(by: 1000)
        guard !milliseconds.overflow, milliseconds.partialValue < Int64(Int32.max) else { return Int(Int32.max) }
        return max(1, Int(milliseconds.partialValue) + Int(attoseconds / 1_000_000_000_000_000))
    }
}
