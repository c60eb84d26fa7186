/// The dialect spoken with a server. It decides the shape of some replies only: ``RedisValue``'s accessors and ``RedisDecodable`` read both.
public enum RedisProtocol: Int, Sendable, Hashable {
    /// Understood by every server.
    case resp2 = 2
    /// With maps, sets, doubles and booleans, from Redis 6 on. A server that does not know it is spoken to in RESP2.
    case resp3 = 3
}
