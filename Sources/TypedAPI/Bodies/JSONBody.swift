import HTTPTypes
public import Hummingbird
public import JSON
import NIOCore

extension Request {
    /// The body as bytes, at most `limit` of them.
    ///
    /// - Throws: ``Problem`` `body_too_large` before anything beyond the limit is held.
    public func bytes(upTo limit: Int) async throws -> [UInt8] {
        if let declared = headers[.contentLength].map({ Int($0) ?? .max }), declared > limit { throw Self.tooLarge(limit) }
        do {
            let buffer = try await body.collect(upTo: limit)
            return Array(buffer.readableBytesView)
        } catch is NIOTooManyBytesError {
            throw Self.tooLarge(limit)
        } catch let problem as Problem {
            // The connection's verdict on what came.
            throw problem
        } catch {
            // Whoever hung up in the middle of the body is to blame, not the server.
            throw Problem(.badRequest, detail: "The request body did not arrive whole.", underlying: error)
        }
    }

    /// - Throws: ``Problem`` 422 naming every query parameter: for a route that takes none.
    public func refuseParameters() throws {
        let names = uri.queryParameters.map { String($0.key.prefix(64)) }
        guard names.isEmpty else {
            throw Problem(
                .validationFailed,
                errors: names.prefix(Dialect.problems.maximumIssues).map {
                    FieldError(.parameter($0), code: "unknown", message: "Is not a parameter of this request.")
                })
        }
    }

    private static func tooLarge(_ limit: Int) -> Problem {
        Problem(.bodyTooLarge, detail: "The request body is larger than \(limit) bytes.")
    }

    /// `application/json` or `application/…+json`; of the parameters a character set other than UTF-8 is refused.
    static func isJSON(_ contentType: String?) -> Bool {
        guard let contentType else { return false }
        // As nearly every client writes it.
        if contentType == "application/json" { return true }
        guard let type = MediaRange(contentType), type.isUTF8 else { return false }
        return type.essence == "application/json" || type.essence.hasPrefix("application/") && type.essence.hasSuffix("+json")
    }
}

extension Response {
    /// A JSON answer.
    public static func json(_ value: JSONValue, status: HTTPResponse.Status = .ok, headers: HTTPFields = [:]) -> Response {
        .json(bytes: value.bytes(), status: status, headers: headers)
    }

    /// JSON that is text already.
    public static func json(bytes: [UInt8], status: HTTPResponse.Status = .ok, headers: HTTPFields = [:]) -> Response {
        var headers = headers
        headers[.contentType] = "application/json"
        return Response(status: status, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
    }
}
