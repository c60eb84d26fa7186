import RedisClient

extension Scripts {
    /// Makes a delayed job ready now. Argument: id. Reply: 0, or -3 when it is not delayed.
    static let promote = RedisScript(
        Lua.queue + #"""

            local q = openQueue(KEYS[1] .. ':')
            local id, key = ARGV[1], KEYS[1] .. ':' .. ARGV[1]
            if call('ZREM', q.delayed, id) == 0 then
              return -3
            end
            enqueue(q, id, tonumber(call('HGET', key, 'priority')) or 0, 'LPUSH')
            mark(q)
            emit(q, 'waiting', 'jobId', id, 'prev', 'delayed')
            call('HSET', key, 'delay', 0)
            return 0
            """#)

    /// Puts a delayed job off, counted from now. Arguments: id, delay, now. Reply: 0, -1 the job is gone, -3 it is not delayed.
    static let changeDelay = RedisScript(
        Lua.queue + #"""

            local id, key = ARGV[1], KEYS[1] .. ':' .. ARGV[1]
            if call('EXISTS', key) == 0 then
              return -1
            end
            local q = openQueue(KEYS[1] .. ':')
            local due = tonumber(ARGV[3]) + tonumber(ARGV[2])
            local score = delayedScore(q, due)
            if call('ZREM', q.delayed, id) == 0 then
              return -3
            end
            call('HSET', key, 'delay', ARGV[2])
            call('ZADD', q.delayed, score, id)
            emit(q, 'delayed', 'jobId', id, 'delay', due)
            markDelayed(q)
            return 0
            """#)

    /// Arguments: id, priority, "1" to the front of its equals. Reply: 0, or -1 when the job is gone.
    static let changePriority = RedisScript(
        Lua.queue + #"""

            local id, key = ARGV[1], KEYS[1] .. ':' .. ARGV[1]
            if call('EXISTS', key) == 0 then
              return -1
            end
            local q = openQueue(KEYS[1] .. ':')
            local priority = tonumber(ARGV[2])
            if call('ZREM', q.prioritized, id) == 1 or call('LREM', q.wait, -1, id) == 1 then
              if ARGV[3] == '1' then
                enqueueFront(q, id, priority)
              else
                enqueue(q, id, priority, 'LPUSH')
              end
              mark(q)
            end
            call('HSET', key, 'priority', ARGV[2])
            return 0
            """#)

    /// Runs a finished job again.
    ///
    /// Arguments: id, `failed` or `completed`, LPUSH or RPUSH, "1" to count attempts anew, "1" to count starts anew. Reply: 1, -1 the job
    /// is gone, -3 it is not in that state.
    static let reprocess = RedisScript(
        Lua.queue + "\n" + Lua.relinking + #"""

            local id, key, state = ARGV[1], KEYS[1] .. ':' .. ARGV[1], ARGV[2]
            if call('EXISTS', key) == 0 then
              return -1
            end
            local q = openQueue(KEYS[1] .. ':')
            if call('ZREM', q.prefix .. state, id) == 0 then
              return -3
            end
            forgetResult(key, state)
            if ARGV[4] == '1' then call('HDEL', key, 'atm') end
            if ARGV[5] == '1' then call('HDEL', key, 'ats') end
            enqueue(q, id, tonumber(call('HGET', key, 'priority')) or 0, ARGV[3])
            mark(q)
            relink(key, state)
            emit(q, 'waiting', 'jobId', id, 'prev', state)
            return 1
            """#)

    /// Makes jobs of a state ready, oldest first, all of them without regard to priority.
    ///
    /// Arguments: `failed`, `completed` or `delayed`, how many at most, highest score. Reply: 1 there may be more, 0 done.
    static let moveToWait = RedisScript(
        Lua.queue + "\n" + Lua.relinking + #"""

            local q = openQueue(KEYS[1] .. ':')
            local state, count = ARGV[1], tonumber(ARGV[2])
            local ids = call('ZRANGEBYSCORE', q.prefix .. state, '-inf', ARGV[3], 'LIMIT', 0, count)
            for _, id in ipairs(ids) do
              local key = q.prefix .. id
              if state ~= 'delayed' then
                forgetResult(key, state)
                relink(key, state)
              end
              emit(q, 'waiting', 'jobId', id, 'prev', state)
            end
            callEach('ZREM', q.prefix .. state, ids)
            callEach('LPUSH', q.wait, ids)
            if #ids > 0 then
              mark(q)
            end
            return #ids == count and 1 or 0
            """#)
}

extension Lua {
    /// Finished jobs that are to run again. Needs ``queue``.
    static let relinking = #"""
        local function forgetResult(key, state)
          call('HDEL', key, 'finishedOn', 'processedOn', state == 'failed' and 'failedReason' or 'returnvalue')
        end

        -- The parent of a job that is to run again waits for it again.
        local function relink(key, state)
          local parent = call('HGET', key, 'parentKey')
          if not parent or parent == '' or call('EXISTS', parent) == 0 then
            return
          end
          local wasLinked
          if state == 'failed' then
            wasLinked = call('ZREM', parent .. ':unsuccessful', key) + call('HDEL', parent .. ':failed', key) > 0
          else
            wasLinked = call('HDEL', parent .. ':processed', key) > 0
          end
          if wasLinked then
            call('SADD', parent .. ':dependencies', key)
          end
        end
        """#
}
