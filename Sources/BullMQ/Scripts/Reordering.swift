import RedisClient

extension Scripts {
    /// Makes a delayed job ready now. Argument: id. Reply: 0, or -3 when it is not delayed.
    static let promote = RedisScript(
        grouped: Lua.queue + #"""

            local q = openQueue(KEYS[1] .. ':')
            local id, key = ARGV[1], KEYS[1] .. ':' .. ARGV[1]
            local path = q.grouped and groupOf(key)
            if not (path and leaveDelayed(q, path, id)) and call('ZREM', q.delayed, id) == 0 then
              return -3
            end
            makeReady(q, id, key, 'LPUSH')
            emit(q, 'waiting', 'jobId', id, 'prev', 'delayed')
            call('HSET', key, 'delay', 0)
            return 0
            """#)

    /// Puts a delayed job off, counted from now. Arguments: id, delay, now. Reply: 0, -1 the job is gone, -3 it is not delayed.
    static let changeDelay = RedisScript(
        grouped: Lua.queue + #"""

            local id, key = ARGV[1], KEYS[1] .. ':' .. ARGV[1]
            if call('EXISTS', key) == 0 then
              return -1
            end
            local q = openQueue(KEYS[1] .. ':')
            local due = tonumber(ARGV[3]) + tonumber(ARGV[2])
            local path = q.grouped and groupOf(key)
            if path and leaveDelayed(q, path, id) then
              call('HSET', key, 'delay', ARGV[2])
              delayInGroup(q, path, id, due)
              emit(q, 'delayed', 'jobId', id, 'delay', due)
              return 0
            end
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
        grouped: Lua.queue + #"""

            local id, key = ARGV[1], KEYS[1] .. ':' .. ARGV[1]
            if call('EXISTS', key) == 0 then
              return -1
            end
            local q = openQueue(KEYS[1] .. ':')
            local priority = tonumber(ARGV[2])
            local path = q.grouped and groupOf(key)
            if path and leaveReady(q, path, id) then
              enqueueInGroup(q, path, id, priority, 'LPUSH', ARGV[3] == '1')
            elseif call('ZREM', q.prioritized, id) == 1 or call('LREM', q.wait, -1, id) == 1 then
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
        grouped: Lua.queue + "\n" + Lua.relinking + #"""

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
            makeReady(q, id, key, ARGV[3])
            relink(key, state)
            emit(q, 'waiting', 'jobId', id, 'prev', state)
            return 1
            """#)

    /// Makes jobs of a state ready, oldest first, all of them without regard to priority.
    ///
    /// Arguments: `failed`, `completed` or `delayed`, how many at most, highest score. Reply: 1 there may be more, 0 done.
    static let moveToWait = RedisScript(
        grouped: Lua.queue + "\n" + Lua.relinking + #"""

            local q = openQueue(KEYS[1] .. ':')
            local state, count = ARGV[1], tonumber(ARGV[2])
            local ids = call('ZRANGEBYSCORE', q.prefix .. state, '-inf', ARGV[3], 'LIMIT', 0, count)
            local plain, grouped = {}, {}
            for _, id in ipairs(ids) do
              local key = q.prefix .. id
              local path = groupOf(key)
              if path then
                grouped[#grouped + 1] = { id, path }
              else
                plain[#plain + 1] = id
              end
              if state ~= 'delayed' then
                forgetResult(key, state)
                relink(key, state)
              end
              emit(q, 'waiting', 'jobId', id, 'prev', state)
            end
            callEach('ZREM', q.prefix .. state, ids)
            callEach('LPUSH', q.wait, plain)
            for _, job in ipairs(grouped) do
              enqueueInGroup(q, job[2], job[1], 0, 'LPUSH')
            end
            if #plain > 0 then
              mark(q)
            end
            if state == 'delayed' and q.grouped then
              -- As many again of those that wait in groups.
              local members = call('ZRANGE', q.prefix .. 'sw:d', 0, count - 1)
              for _, member in ipairs(members) do
                local path, id = string.match(member, '^([^|]*)|(.*)$')
                leaveDelayed(q, path, id)
                enqueueInGroup(q, path, id, 0, 'LPUSH')
                emit(q, 'waiting', 'jobId', id, 'prev', 'delayed')
              end
              return (#ids == count or #members == count) and 1 or 0
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
