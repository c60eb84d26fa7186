import BetterAuth
import Hummingbird
import JSON
import NIOCore
import Primitives

/// `/__test/…`: what a test may see and do beside the contract.
struct DriverRoutes: Sendable {
    let auth: Auth
    let world: DriverWorld

    func add(to router: Router<some RequestContext>) {
        let (auth, world) = (auth, world)
        router.get("/__test/letters") { _, _ in Self.answer(.array(world.letters)) }
        router.get("/__test/events") { _, _ in Self.answer(.array(world.events)) }
        router.post("/__test/clock") { request, _ in
            let body = try await Self.body(of: request)
            world.advance(.milliseconds(Int64((body["seconds"]?.double ?? 0) * 1000)))
            return Self.answer(["now": .string(world.now.rfc3339)])
        }
        router.post("/__test/verify-key") { request, _ in
            let body = try await Self.body(of: request)
            let result = try await auth.apiKeys.verify(
                key: body["key"]?.string ?? "", configID: body["configId"]?.string,
                permissions: body["permissions"].flatMap(Permissions.init), from: body["address"]?.string)
            switch result {
            case .valid(let record):
                return Self.answer(["valid": true, "remaining": record.remaining.map { .number($0) } ?? .null])
            case .invalid(let error):
                return Self.answer(["valid": false, "status": .number(error.status), "error": error.body ?? .null])
            }
        }
        router.get("/__test/session") { request, _ in
            let session = try await auth.session(for: request.headers)
            return Self.answer(["user": .string(orNull: session?.user.id)])
        }
    }

    private static func body(of request: Request) async throws -> JSONValue {
        var bytes: [UInt8] = []
        for try await chunk in request.body { bytes.append(contentsOf: chunk.readableBytesView) }
        return try JSONValue(parsing: bytes)
    }

    private static func answer(_ value: JSONValue) -> Response {
        Response(
            status: .ok, headers: [.contentType: "application/json"], body: ResponseBody(byteBuffer: ByteBuffer(bytes: value.bytes())))
    }
}
