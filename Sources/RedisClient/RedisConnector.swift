import NIOCore
import NIOPosix
import NIOSSL

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Opens connections and signs in.
struct RedisConnector: Sendable {
    let url: RedisURL
    let connectTimeout: Duration
    private let tls: NIOSSLContext?

    init(url: RedisURL, connectTimeout: Duration) throws(RedisError) {
        self.url = url
        self.connectTimeout = connectTimeout
        tls = try url.tls?.context()
    }

    /// Connects `pipe` and returns the channel once the server has accepted user, password, database and name.
    func connect(_ pipe: RequestPipe, name: String?) async throws(RedisError) -> any Channel {
        let channel: any Channel
        do {
            channel = try await bootstrap(pipe).get()
        } catch {
            throw RedisError(.connectionFailed, "cannot connect to \(url): \(Self.explain(error))", isRetrySafe: true)
        }
        do throws(RedisError) {
            try await signIn(pipe, channel, name: name)
        } catch {
            channel.close(promise: nil)
            if error.code == .timedOut || error.code == .connectionLost {
                throw RedisError(.connectionFailed, "\(url) accepts connections but does not answer: \(error.message)", isRetrySafe: true)
            }
            if error.code == .authenticationFailed, error.server == nil {
                throw RedisError(.authenticationFailed, "\(url) is not to be trusted: \(error.message)", isRetrySafe: true)
            }
            throw error
        }
        pipe.ready(channel)
        return channel
    }

    private func signIn(_ pipe: RequestPipe, _ channel: any Channel, name: String?) async throws(RedisError) {
        let deadline = NIODeadline.now() + TimeAmount(connectTimeout)
        let dialects: [RedisProtocol] = url.protocolVersion == .resp3 ? [.resp3, .resp2] : [.resp2]
        for dialect in dialects {
            let request = RedisRequest(RedisHandshake.commands(for: url, name: name, in: dialect), deadline: deadline)
            pipe.begin(channel, handshake: request)
            let replies = try await withTaskCancellationHandler {
                await request.outcome {}
            } onCancel: {
                request.finish(.failure(RedisError(.cancelled, "connecting was cancelled", isRetrySafe: true)))
            }.get()
            if dialect == .resp3, RedisHandshake.needsOlderDialect(replies) { continue }
            for case .error(let refusal) in replies { throw RedisHandshake.explain(refusal, from: url) }
            return
        }
    }

    private func bootstrap(_ pipe: RequestPipe) -> EventLoopFuture<any Channel> {
        let bootstrap = ClientBootstrap(group: pipe.eventLoop)
            .connectTimeout(TimeAmount(connectTimeout))
            .channelInitializer { [url, tls] channel in
                channel.eventLoop.makeCompletedFuture {
                    if let tls, case .tcp(let host, _) = url.address {
                        try channel.pipeline.syncOperations.addHandler(RedisTLS.handler(tls, host: host))
                    }
                    try channel.pipeline.syncOperations.addHandler(RESPHandler(pipe: pipe))
                }
            }
        switch url.address {
        case .unix(let path): return bootstrap.connect(unixDomainSocketPath: path)
        case .tcp(let host, let port):
            return
                bootstrap
                .channelOption(.socketOption(.so_keepalive), value: 1)
                .channelOption(.tcpOption(.tcp_nodelay), value: 1)
                .connect(host: host, port: port)
        }
    }

    private static func explain(_ error: any Error) -> String {
        switch error {
        case let error as IOError: String(cString: strerror(error.errnoCode))
        case let error as NIOConnectionError:
            error.connectionErrors.first.map { explain($0.error) } ?? "the host name \(error.host) does not resolve"
        case ChannelError.connectTimeout: "no answer in time"
        default: String(describing: error)
        }
    }
}
