import HTTPTypes
import Hummingbird
import JSON
import NIOCore
import TypedAPI

/// Reads a request's body as JSON, or as a form where the endpoint takes forms.
struct BodyReader: Sendable {
    let limit: Int
    let acceptsForms: Bool

    private static let json = "application/json"
    private static let form = "application/x-www-form-urlencoded"

    func read(_ request: Request) async throws -> AuthCall.Body {
        guard request.method != .get, request.method != .head else { return .none }
        if let length = request.headers[.contentLength].flatMap(Int.init), length > limit {
            throw AuthError(.payloadTooLarge, .payloadTooLarge)
        }
        var bytes: [UInt8] = []
        do {
            for try await chunk in request.body {
                guard bytes.count + chunk.readableBytes <= limit else { throw AuthError(.payloadTooLarge, .payloadTooLarge) }
                bytes.append(contentsOf: chunk.readableBytesView)
            }
        } catch let error where error is AuthError || error is CancellationError || error is Problem {
            throw error
        } catch {
            // Whoever broke off in the middle of the body is to blame, not the server; and the error says what they sent.
            throw AuthError(.badRequest, .badRequest)
        }
        guard !bytes.isEmpty else { return .none }
        let header = request.headers[.contentType]
        switch header.map(mediaType) {
        case Self.json:
            guard let value = try? JSONValue(parsing: bytes, limits: JSONLimits(depth: 32, size: limit)) else {
                throw AuthError(.badRequest, .badRequest)
            }
            return .json(value, bytes: bytes)
        case Self.form where acceptsForms:
            return .form(QueryItems(String(decoding: bytes, as: UTF8.self)))
        default: throw refusal(of: header)
        }
    }

    private func mediaType(_ header: String) -> String {
        String((header[...].prefix { $0 != ";" }).trimmingBlanks).lowercased()
    }

    private func refusal(of header: String?) -> AuthError {
        let allowed = (acceptsForms ? [Self.form, Self.json] : [Self.json]).joined(separator: ", ")
        let problem = header.map { "Content-Type \"\($0)\" is not allowed." } ?? "Content-Type is required."
        return AuthError(.unsupportedMediaType, .unsupportedMediaType, message: "\(problem) Allowed types: \(allowed)")
    }
}
