import CCurl
import Primitives

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// One request in libcurl's hands. It lives on the I/O thread and is not `Sendable`.
final class Transfer {
    let submission: Submission
    let easy: UnsafeMutableRawPointer
    private let addressGuard: AddressGuard
    private let connections: KnownConnections
    private let maximumDiscardTime: Duration
    private let errorText: UnsafeMutablePointer<CChar>
    private var headerList: UnsafeMutablePointer<curl_slist>?
    private var sink: ResponseSink
    private var headersWereTooLarge = false
    private var refusedReason: String?
    private var openedSockets = 0
    /// The system had no descriptor or memory for a socket.
    private var systemRefusedSocket = false
    /// When libcurl's own counters began, as near as can be seen from here.
    private let start = ContinuousClock.now
    private var firstByte: ContinuousClock.Instant?
    /// The kept connection that it was given is not to be used, and nothing was sent: begin anew.
    private(set) var metSpoiledConnection = false
    /// When to stop reading what is only thrown away.
    private(set) var discardDeadline: ContinuousClock.Instant?

    init(
        _ submission: Submission, configuration: OutgoingHTTPConfiguration, connections: KnownConnections
    ) throws(OutgoingError) {
        guard let easy = curl_easy_init() else { throw OutgoingError(.systemFailure, "The system refused memory.") }
        self.easy = easy
        self.submission = submission
        self.addressGuard = AddressGuard(allowed: configuration.allow)
        self.connections = connections
        self.maximumDiscardTime = configuration.maximumDiscardTime
        self.errorText = .allocate(capacity: Int(CURL_ERROR_SIZE))
        self.errorText.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
        self.sink = ResponseSink(
            maximumBodyBytes: submission.request.maximumResponseBytes, maximumDiscardedBytes: configuration.maximumDiscardedBytes,
            maximumHeaderBytes: configuration.maximumHeaderBytes)
        try EasyOptions(easy).apply(submission.request, configuration: configuration, timeout: submission.request.timeout)
        try connectCallbacks()
    }

    /// The handle must have left the multi handle by now.
    deinit {
        curl_easy_cleanup(easy)
        curl_slist_free_all(headerList)
        errorText.deallocate()
    }

    private func connectCallbacks() throws(OutgoingError) {
        for line in submission.request.headerLines {
            guard let longer = curl_slist_append(headerList, line) else {
                throw OutgoingError(.systemFailure, "The system refused memory.")
            }
            headerList = longer
        }
        // Unretained: whoever drives the handle keeps this object until the handle is out of the multi handle.
        let context = Unmanaged.passUnretained(self).toOpaque()
        let options = EasyOptions(easy)
        try options.set(CURLOPT_HTTPHEADER, pointer: headerList)
        try options.set(CURLOPT_ERRORBUFFER, pointer: errorText)
        try options.check(mainstay_curl_set_receiver(easy, CURLOPT_HEADERFUNCTION, receiveHeader))
        try options.set(CURLOPT_HEADERDATA, pointer: context)
        try options.check(mainstay_curl_set_receiver(easy, CURLOPT_WRITEFUNCTION, receiveBody))
        try options.set(CURLOPT_WRITEDATA, pointer: context)
        try options.check(mainstay_curl_set_open_socket(easy, openSocket))
        try options.set(CURLOPT_OPENSOCKETDATA, pointer: context)
        try options.check(mainstay_curl_set_prompt_close(easy))
        try options.check(mainstay_curl_set_before_request(easy, approveConnection))
        try options.set(CURLOPT_PREREQDATA, pointer: context)
        try options.set(CURLOPT_PRIVATE, pointer: UnsafeMutableRawPointer(bitPattern: UInt(submission.id)))
    }

    /// What the caller gets, given how libcurl ended the transfer.
    func result(_ code: CURLcode) -> Result<OutgoingResponse, OutgoingError> {
        let info = EasyInfo(easy)
        if let (socket, ends) = info.keptConnection { connections.remember(socket, between: ends) }
        // The status counts once the head has come. A body that was cut on purpose, that broke off or that is held open until the time is
        // up is what it is: truncated.
        let isCut = code != CURLE_OK && sink.headersAreComplete && info.status >= 200
        guard code == CURLE_OK || isCut else {
            let end = TransferEnd(
                code: code, text: String(cString: errorText), refusedReason: openedSockets == 0 ? refusedReason : nil,
                systemRefusedSocket: systemRefusedSocket, headersWereTooLarge: headersWereTooLarge,
                requestWasSent: info.requestWasStarted, timeout: submission.request.timeout)
            return .failure(end.error)
        }
        return .success(
            OutgoingResponse(
                status: info.status, headers: sink.headers, body: sink.body, isTruncated: sink.isTruncated || isCut,
                timing: info.timing(firstByteAfter: (firstByte ?? start) - start),
                remoteAddress: info.remoteAddress))
    }

    fileprivate func receive(header bytes: UnsafeRawBufferPointer) -> Int {
        if firstByte == nil { firstByte = .now }
        headersWereTooLarge = sink.header(bytes) == .headersTooLarge
        return headersWereTooLarge ? 0 : bytes.count
    }

    fileprivate func receive(body bytes: UnsafeRawBufferPointer) -> Int {
        let verdict = sink.body(bytes)
        if sink.isTruncated, discardDeadline == nil { discardDeadline = .now + maximumDiscardTime }
        return verdict == .goOn ? bytes.count : 0
    }

    /// The guard's only gate: libcurl connects to exactly the address it shows here, and to none without asking.
    fileprivate func open(_ address: UnsafePointer<curl_sockaddr>) -> curl_socket_t {
        let refused: curl_socket_t = -1
        guard let bytes = mainstay_curl_sockaddr(address) else { return refused }
        let target = address.pointee
        let dialled = IPAddress(socketAddress: bytes, family: target.family, length: Int(target.addrlen))
        if case .refuse(let reason) = addressGuard.judge(dialled, host: submission.request.destination.host) {
            refusedReason = reason
            return refused
        }
        #if os(Linux)
        // Programs that this process starts must not inherit the connection.
        let opened = socket(target.family, target.socktype | Int32(SOCK_CLOEXEC.rawValue), target.protocol)
        #else
        let opened = socket(target.family, target.socktype, target.protocol)
        #endif
        // A machine without IPv6 has no such socket either, but that is no want.
        if opened < 0, [EMFILE, ENFILE, ENOBUFS, ENOMEM].contains(errno) { systemRefusedSocket = true }
        openedSockets += 1
        connections.forget(opened)
        return opened
    }

    fileprivate func mayUse(connectionBetween ends: KnownConnections.Ends) -> Bool {
        metSpoiledConnection = connections.isSpoiled(between: ends)
        return !metSpoiledConnection
    }
}

private func approveConnection(
    _ context: UnsafeMutableRawPointer?, _ remote: UnsafeMutablePointer<CChar>?, _ local: UnsafeMutablePointer<CChar>?,
    _ remotePort: Int32, _ localPort: Int32
) -> Int32 {
    guard let context, let remote, let local else { return CURL_PREREQFUNC_OK }
    let ends = KnownConnections.Ends(
        localAddress: String(cString: local), localPort: Int(localPort), remoteAddress: String(cString: remote), remotePort: Int(remotePort)
    )
    let transfer = Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue()
    return transfer.mayUse(connectionBetween: ends) ? CURL_PREREQFUNC_OK : CURL_PREREQFUNC_ABORT
}

private func receiveHeader(_ bytes: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int, _ context: UnsafeMutableRawPointer?) -> Int {
    guard let context else { return 0 }
    let transfer = Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue()
    return transfer.receive(header: UnsafeRawBufferPointer(start: bytes, count: size * count))
}

private func receiveBody(_ bytes: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int, _ context: UnsafeMutableRawPointer?) -> Int {
    guard let context else { return 0 }
    let transfer = Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue()
    return transfer.receive(body: UnsafeRawBufferPointer(start: bytes, count: size * count))
}

private func openSocket(
    _ context: UnsafeMutableRawPointer?, _ purpose: curlsocktype, _ address: UnsafeMutablePointer<curl_sockaddr>?
) -> curl_socket_t {
    guard let context, let address else { return -1 }
    return Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue().open(address)
}
