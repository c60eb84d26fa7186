import RedisClient

extension Scripts {
    /// Nothing new starts; what runs goes on.
    static let pause = RedisScript(
        Lua.queue + #"""

            local q = openQueue(KEYS[1] .. ':')
            call('HSET', q.prefix .. 'meta', 'paused', 1)
            call('DEL', q.marker)
            emit(q, 'paused')
            return 0
            """#)

    /// Ends a pause. Argument: "1" to tell it in the events. Reply: how many jobs are left in the `paused` list of old versions; call again
    /// while there are any.
    static let resume = RedisScript(
        Lua.queue + #"""

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
                call('RPUSH', q.wait, unpack(ids))
                call('LTRIM', legacy, 7000, -1)
                left = call('LLEN', legacy)
              end
            end
            if call('EXISTS', q.wait, q.prioritized) > 0 then
              call('ZADD', q.marker, 0, '0')
            else
              markDelayed(q)
            end
            if ARGV[1] == '1' then
              emit(q, 'resumed')
            end
            return left
            """#)

    /// Removes a job wherever it is, with its children unless they run.
    ///
    /// Argument: id. Reply: 1 removed, 0 it or a child is locked by a worker, -8 it is the pending job of a scheduler.
    static let removeJob = RedisScript(
        Lua.queue + "\n" + Lua.transitions + "\n" + Lua.relations + #"""

            local q = openQueue(KEYS[1] .. ':')

            local function isLocked(key)
              if call('EXISTS', key .. ':lock') == 1 then
                return true
              end
              for _, child in ipairs(call('SMEMBERS', key .. ':dependencies')) do
                if isLocked(child) then
                  return true
                end
              end
              return false
            end

            local function leaveState(queue, id)
              for _, state in ipairs({ 'completed', 'waiting-children', 'delayed', 'failed', 'prioritized' }) do
                if call('ZREM', queue.prefix .. state, id) == 1 then
                  return state
                end
              end
              for _, state in ipairs({ 'wait', 'paused', 'active' }) do
                if call('LREM', queue.prefix .. state, 0, id) > 0 then
                  return state
                end
              end
              return 'unknown'
            end

            local function remove(queue, id)
              local key = queue.prefix .. id
              local job = call('HMGET', key, 'parentKey', 'deid')
              local exists = call('EXISTS', key) == 1
              local children = {}
              for _, collection in ipairs({ ':processed', ':failed' }) do
                for _, child in ipairs(call('HKEYS', key .. collection)) do children[#children + 1] = child end
              end
              for _, child in ipairs(call('ZRANGE', key .. ':unsuccessful', 0, -1)) do children[#children + 1] = child end
              for _, child in ipairs(call('SMEMBERS', key .. ':dependencies')) do children[#children + 1] = child end
              -- Out of its state first, so that its last child does not make it ready on the way.
              local previous = leaveState(queue, id)
              unlinkChild(key, job[1])
              for _, child in ipairs(children) do
                local prefix, childId = splitKey(child)
                remove(prefix == queue.prefix and queue or openQueue(prefix), childId)
              end
              if job[2] then
                dropDeduplication(queue, id, job[2])
              end
              deleteKeys(key)
              if exists then
                emit(queue, 'removed', 'jobId', id, 'prev', previous)
              end
            end

            local id = ARGV[1]
            local scheduler = call('HGET', q.prefix .. id, 'rjk')
            if scheduler then
              local due = call('ZSCORE', q.prefix .. 'repeat', scheduler)
              if due and string.format('repeat:%s:%.0f', scheduler, tonumber(due)) == id then
                return -8
              end
            end
            if isLocked(q.prefix .. id) then
              return 0
            end
            remove(q, id)
            return 1
            """#)

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
        return false
        """#)

    /// Arguments: id, progress (JSON). Reply: 0, or -1 when the job is gone.
    static let updateProgress = RedisScript(
        Lua.queue + #"""

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
}
