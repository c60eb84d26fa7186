import Primitives
import RedisClient

/// A worker as its connection shows it, of whatever client that follows the naming of BullMQ's workers.
public struct ConnectedWorker: Sendable, Hashable {
    /// Nil when it has none.
    public let name: String?
    /// `host:port`, or the path of a socket.
    public let address: String
    /// What `CLIENT LIST` tells of it: `id`, `age`, `idle`, `db`, …
    public let fields: [String: String]
}

extension Queue {
    /// The workers that are connected now.
    ///
    /// Workers of the Python client do not name their queue as the others do, and are missing.
    public func workers() async throws -> [ConnectedWorker] {
        let list = try await send([RedisCommand("CLIENT", "LIST")])[0].string ?? ""
        let own = clientName(worker: nil)
        return list.split(separator: "\n").compactMap { line in
            let fields = line.split(separator: " ").reduce(into: [String: String]()) { fields, pair in
                let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                if parts.count == 2 { fields[String(parts[0])] = String(parts[1]) }
            }
            guard let client = fields["name"], client == own || client.hasPrefix("\(own):w:") else { return nil }
            let name = client == own ? nil : String(client.dropFirst(own.count + 3))
            return ConnectedWorker(name: name, address: fields["addr"] ?? "", fields: fields)
        }
    }

    /// How the connection of a worker is called on which it waits; tools find workers by it.
    func clientName(worker name: String?) -> String {
        "\(prefix):\(Base64.encode(Array(self.name.utf8)))" + (name.map { ":w:\($0)" } ?? "")
    }
}
