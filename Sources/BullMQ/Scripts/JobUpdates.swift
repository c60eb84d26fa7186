import RedisClient

extension Scripts {
    /// The state a job is in. Argument: id. Reply: the name of the key that holds it, or null.
    static let state = RedisScript(
        #"""
        local prefix, id = KEYS[1] .. ':', ARGV[1]
        for _, state in ipairs({ 'completed', 'failed', 'delayed', 'prioritized' }) do
          if redis.call('ZSCORE', prefix .. state, id) then return state end
        end
        for _, state in ipairs({ 'active', 'wait', 'paused' }) do
          if redis.call('LPOS', prefix .. state, id) then return state end
        end
        if redis.call('ZSCORE', prefix .. 'waiting-children', id) then return 'waiting-children' end
        local path = redis.call('HGET', prefix .. id, 'sw:group')
        if path then
          if redis.call('ZSCORE', prefix .. 'sw:d', path .. '|' .. id) then return 'delayed' end
          local node = redis.call('HMGET', prefix .. 'sw:n:' .. path, 'h', 'st')
          if node[1] == id and select(17, cmsgpack.unpack(node[2])) == 1 or redis.call('LPOS', prefix .. 'sw:w:' .. path, id)
            or redis.call('ZSCORE', prefix .. 'sw:p:' .. path, id) then
            return 'wait'
          end
        end
        return false
        """#)

    /// Arguments: id, progress (JSON). Reply: 0, or -1 when the job is gone.
    static let updateProgress = RedisScript(
        grouped: Lua.queue + #"""

            local q = openQueue(KEYS[1] .. ':')
            local key = q.prefix .. ARGV[1]
            if call('EXISTS', key) == 0 then
              return -1
            end
            call('HSET', key, 'progress', ARGV[2])
            emit(q, 'progress', 'jobId', ARGV[1], 'data', ARGV[2])
            return 0
            """#)

    /// Arguments: id, row, how many rows to keep or "". Reply: the number of rows, or -1 when the job is gone.
    static let addLog = RedisScript(
        #"""
        local key = KEYS[1] .. ':' .. ARGV[1]
        if redis.call('EXISTS', key) == 0 then
          return -1
        end
        local rows = redis.call('RPUSH', key .. ':logs', ARGV[2])
        local keep = tonumber(ARGV[3])
        if keep then
          redis.call('LTRIM', key .. ':logs', -keep, -1)
          return math.min(keep, rows)
        end
        return rows
        """#)

    /// Arguments: id, data (JSON). Reply: 0, or -1 when the job is gone.
    static let updateData = RedisScript(
        #"""
        local key = KEYS[1] .. ':' .. ARGV[1]
        if redis.call('EXISTS', key) == 0 then
          return -1
        end
        redis.call('HSET', key, 'data', ARGV[2])
        return 0
        """#)

    /// Frees a deduplication id if that job owns it. Arguments: deduplication id, job id. Reply: 1 freed, 0 not.
    static let releaseDeduplicationKey = RedisScript(
        #"""
        local key = KEYS[1] .. ':de:' .. ARGV[1]
        if redis.call('GET', key) == ARGV[2] then
          return redis.call('DEL', key)
        end
        return 0
        """#)

    /// Jobs of one state, by place. Arguments: state, first, last, "1" for newest first. Reply: pairs of id and fields.
    static let jobs = RedisScript(
        #"""
        local key = KEYS[1] .. ':' .. ARGV[1]
        local first, last, isNewestFirst = tonumber(ARGV[2]), tonumber(ARGV[3]), ARGV[4] == '1'
        local ids
        if ARGV[1] == 'wait' or ARGV[1] == 'active' or ARGV[1] == 'paused' then
          if isNewestFirst then
            ids = redis.call('LRANGE', key, first, last)
          else
            -- The end of the list runs next, so the order of running is the list backwards.
            local mirrored = redis.call('LRANGE', key, -last - 1, -first - 1)
            ids = {}
            for at = #mirrored, 1, -1 do ids[#ids + 1] = mirrored[at] end
          end
        else
          ids = redis.call(isNewestFirst and 'ZREVRANGE' or 'ZRANGE', key, first, last)
        end
        local reply = {}
        for _, id in ipairs(ids) do
          local fields = redis.call('HGETALL', KEYS[1] .. ':' .. id)
          if #fields > 0 then
            reply[#reply + 1] = id
            reply[#reply + 1] = fields
          end
        end
        return reply
        """#)
}
