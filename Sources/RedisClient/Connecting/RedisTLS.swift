import NIOCore
import NIOSSL

/// How a server is recognized: its certificate has to carry the name that the URL says, or the address that was dialled, and has to be
/// signed by an authority that is trusted. There is no way to switch that off.
public struct RedisTLS: Sendable, Hashable {
    /// Path of a PEM file with the authorities to trust, for a private one; nil trusts those of the machine.
    public var authorityFile: String?

    public init(authorityFile: String? = nil) {
        self.authorityFile = authorityFile
    }

    func context() throws(RedisError) -> NIOSSLContext {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.certificateVerification = .fullVerification
        configuration.minimumTLSVersion = .tlsv12
        if let authorityFile {
            do {
                configuration.trustRoots = .certificates(try NIOSSLCertificate.fromPEMFile(authorityFile))
            } catch {
                throw RedisError(
                    .invalidConfiguration, "the file of ?ca= cannot be read as PEM certificates: \(authorityFile)", isRetrySafe: true)
            }
        }
        do {
            return try NIOSSLContext(configuration: configuration)
        } catch {
            throw RedisError(.invalidConfiguration, "TLS cannot be set up: \(error)", isRetrySafe: true)
        }
    }

    static func handler(_ context: NIOSSLContext, host: String) throws -> NIOSSLClientHandler {
        // An address cannot be asked for by name: then the certificate must carry the address that was dialled.
        let isAddress = (try? SocketAddress(ipAddress: host, port: 0)) != nil
        return try NIOSSLClientHandler(context: context, serverHostname: isAddress ? nil : host)
    }

    /// Nil for what is not about trust: a connection that merely broke.
    static func explain(_ error: any Error) -> RedisError? {
        let detail = String(describing: error)
        switch error {
        case let error as NIOSSLExtraError where error == .failedToValidateHostname:
            return refusal("the server's certificate is for another name; use a name that it carries, or have one issued for this name")
        case NIOSSLError.handshakeFailed where detail.contains("CERTIFICATE_VERIFY_FAILED"):
            return refusal(
                "the server's certificate is expired, or of no authority that this machine trusts; name a private one by ?ca=/path/to/ca.pem"
            )
        case NIOSSLError.handshakeFailed where detail.contains("WRONG_VERSION_NUMBER"):
            return notSpoken
        case NIOSSLError.handshakeFailed, NIOSSLError.noCertificateToValidate, NIOSSLError.unableToValidateCertificate:
            return refusal("TLS could not be agreed upon: \(detail)")
        default:
            return nil
        }
    }

    /// The server is one without TLS.
    static let notSpoken = refusal("the server does not speak TLS on this port; use redis://, or its TLS port")

    private static func refusal(_ message: String) -> RedisError {
        RedisError(.authenticationFailed, message, isRetrySafe: true)
    }
}
