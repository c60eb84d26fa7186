import RedisClient

extension Scripts {
    /// Nothing new starts; what runs goes on.
    static let pause = RedisScript(
        grouped: Lua.queue + #"""

            local q = openQueue(KEYS[1] .. ':')
            call('HSET', q.prefix .. 'meta', 'paused', 1)
            call('DEL', q.marker, q.prefix .. 'sw:m', q.prefix .. 'sw:mi')
            emit(q, 'paused')
            return 0
            """#)

    /// Ends a pause. Argument: "1" to tell it in the events. Reply: how many jobs are left in the `paused` list of old versions; call again
    /// while there are any.
    static let resume = RedisScript(
        grouped: Lua.queue + #"""

            local prefix = KEYS[1] .. ':'
            call('HDEL', prefix .. 'meta', 'paused')
            local q = openQueue(prefix)
            local legacy = prefix .. 'paused'
            local left = 0
            if call('EXISTS', legacy) == 1 then
              if call('EXISTS', q.wait) == 0 then
                call('RENAME', legacy, q.wait)
              else
                local ids = call('LRANGE', legacy, 0, 6999)
                callEach('RPUSH', q.wait, ids)
                call('LTRIM', legacy, 7000, -1)
                left = call('LLEN', legacy)
              end
            end
            if call('EXISTS', q.wait, q.prioritized) > 0 then
              call('ZADD', q.marker, 0, '0')
            else
              markDelayed(q)
            end
            if q.grouped then
              markGroup(q, false)
              markGroup(q, true)
              markGroupsDue(q)
            end
            if ARGV[1] == '1' then
              emit(q, 'resumed')
            end
            return left
            """#)
}
