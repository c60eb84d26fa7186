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
    let meter: RedisMeter
    private let tls: NIOSSLContext?

    init(url: RedisURL, connectTimeout: Duration, meter: RedisMeter) throws(RedisError) {
        self.url = url
        self.meter = meter
        self.connectTimeout = connectTimeout
        tls = try url.tls?.context()
    }

    /// Connects `pipe` and returns the channel once the server has accepted user, password, database and name.
    func connect(_ pipe: PipelinedConnection, name: String?) async throws(RedisError) -> any Channel {
        do throws(RedisError) {
            let channel = try await open(pipe, name: name)
            meter.opened()
            channel.closeFuture.whenComplete { [meter] _ in meter.closed() }
            pipe.ready(channel)
            return channel
        } catch {
            meter.failedToConnect(error)
            throw error
        }
    }

    private func open(_ pipe: PipelinedConnection, name: String?) async throws(RedisError) -> any Channel {
        var handshake = RedisHandshake(url: url, name: name)
        // For connecting, and for signing in.
        let deadline = NIODeadline.now() + TimeAmount(connectTimeout) + TimeAmount(connectTimeout)
        var request = RedisRequest(.many(handshake.start()), timeout: deadline - .now(), isCallers: false)
        let channel: any Channel
        do {
            channel = try await bootstrap(pipe, request).get()
        } catch {
            throw RedisError(.connectionFailed, "cannot connect to \(url): \(Self.explain(error))", isRetrySafe: true)
        }
        let doubt = doubtTLS(of: request, on: channel)
        defer { doubt?.cancel() }
        do throws(RedisError) {
            while true {
                switch handshake.received(try await replies(to: request)) {
                case .send(let commands):
                    request = RedisRequest(.many(commands), timeout: deadline - .now(), isCallers: false)
                    pipe.begin(channel, handshake: request)
                case .fail(let error): throw error
                case .done: return channel
                }
            }
        } catch {
            channel.close(promise: nil)
            if [.connectionLost, .protocolError].contains(error.code), await speaksTLS(channel.eventLoop) {
                throw RedisError(.invalidConfiguration, "\(url) speaks TLS on this port: write rediss:// in the URL", isRetrySafe: true)
            }
            throw RedisHandshake.explain(error, from: url)
        }
    }

    /// What speaks both ways was right once, and need not be looked at again.
    private func probe(_ eventLoop: any EventLoop) -> PortProbe? {
        guard case .tcp(let host, let port) = url.address, meter.statistics.connects == 0 else { return nil }
        return PortProbe(host: host, port: port, eventLoop: eventLoop)
    }

    /// A server without TLS takes the greeting for half a command and waits for the rest: after a silence it is asked in plain text.
    private func doubtTLS(of handshake: RedisRequest, on channel: any Channel) -> Scheduled<Void>? {
        guard tls != nil, let probe = probe(channel.eventLoop) else { return nil }
        return channel.eventLoop.scheduleTask(in: .milliseconds(500)) {
            probe.speaksPlainly().whenSuccess { if $0 { handshake.finish(.failure(RedisTLS.notSpoken)) } }
        }
    }

    /// Whether a server that hung up on us is one with TLS.
    private func speaksTLS(_ eventLoop: any EventLoop) async -> Bool {
        guard tls == nil, let probe = probe(eventLoop) else { return false }
        return (try? await probe.speaksTLS().get()) ?? false
    }

    private func replies(to request: RedisRequest) async throws(RedisError) -> [RedisValue] {
        let outcome = await withTaskCancellationHandler {
            await request.outcome {}
        } onCancel: {
            _ = request.cancel("connecting was cancelled")
        }
        return try outcome.get().all
    }

    private func bootstrap(_ pipe: PipelinedConnection, _ handshake: RedisRequest) -> EventLoopFuture<any Channel> {
        let bootstrap = ClientBootstrap(group: pipe.eventLoop)
            .connectTimeout(TimeAmount(connectTimeout))
            .channelInitializer { [url, tls] channel in
                channel.eventLoop.makeCompletedFuture {
                    if let tls, case .tcp(let host, _) = url.address {
                        try channel.pipeline.syncOperations.addHandler(RedisTLS.handler(tls, host: host))
                    }
                    try channel.pipeline.syncOperations.addHandler(RESPHandler(pipe: pipe, handshake: handshake))
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
