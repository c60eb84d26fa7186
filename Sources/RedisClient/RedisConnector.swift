import NIOCore
import NIOPosix

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

    /// Connects `pipe` and returns the channel once the server has accepted user, password, database and name.
    func connect(_ pipe: RequestPipe, name: String?) async throws(RedisError) -> any Channel {
        let channel: any Channel
        do {
            channel = try await bootstrap(pipe).get()
        } catch {
            throw RedisError(.connectionFailed, "cannot connect to \(url): \(Self.explain(error))", isRetrySafe: true)
        }
        let request = RedisRequest(handshake(name: name), deadline: .now() + TimeAmount(connectTimeout))
        pipe.begin(channel, handshake: request)
        do throws(RedisError) {
            let replies = try await withTaskCancellationHandler {
                await request.outcome {}
            } onCancel: {
                request.finish(.failure(RedisError(.cancelled, "connecting was cancelled", isRetrySafe: true)))
            }.get()
            for case .error(let refusal) in replies { throw explain(refusal) }
        } catch {
            channel.close(promise: nil)
            if error.code == .timedOut || error.code == .connectionLost {
                throw RedisError(.connectionFailed, "\(url) accepts connections but does not answer: \(error.message)", isRetrySafe: true)
            }
            throw error
        }
        pipe.ready(channel)
        return channel
    }

    private func bootstrap(_ pipe: RequestPipe) -> EventLoopFuture<any Channel> {
        let bootstrap = ClientBootstrap(group: pipe.eventLoop)
            .connectTimeout(TimeAmount(connectTimeout))
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(RESPHandler(pipe: pipe)) }
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

    private func handshake(name: String?) -> [RedisCommand] {
        var commands: [RedisCommand] = []
        if let password = url.password {
            let credentials = [url.user, password].compactMap { $0.map { RedisArgument($0) } }
            commands.append(RedisCommand("AUTH", arguments: credentials))
        }
        if url.database != 0 { commands.append(RedisCommand("SELECT", RedisArgument(url.database))) }
        if let name { commands.append(RedisCommand("CLIENT", "SETNAME", RedisArgument(name))) }
        // Tells a server that wants a password, or is still loading its data, from one that works.
        commands.append(RedisCommand("PING"))
        return commands
    }

    private func explain(_ refusal: RedisServerError) -> RedisError {
        let text = refusal.message
        switch refusal.prefix {
        case "NOAUTH":
            return RedisError(
                .authenticationFailed, "\(url) wants a password; put it into the URL, redis://user:password@host", server: refusal,
                isRetrySafe: true)
        case "WRONGPASS":
            return RedisError(.authenticationFailed, "\(url) refused the user name or password", server: refusal, isRetrySafe: true)
        case "LOADING", "BUSY", "MASTERDOWN":
            return RedisError(.connectionFailed, "\(url) is not ready: \(text)", server: refusal, isRetrySafe: true)
        default:
            if text.contains("AUTH") || text.contains("password") {
                return RedisError(.authenticationFailed, "\(url) refused to sign in: \(text)", server: refusal, isRetrySafe: true)
            }
            return RedisError(
                .invalidConfiguration, "\(url) refused the connection's settings: \(text)", server: refusal, isRetrySafe: true)
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
