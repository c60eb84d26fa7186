import RedisClient

extension Scripts {
    /// Extends the locks of a worker's running jobs in one call.
    ///
    /// Arguments: lock duration, then id and token for each. Reply: the ids whose lock is gone or another's.
    static let extendLocks = RedisScript(
        #"""
        local prefix = KEYS[1] .. ':'
        local lost = {}
        for at = 2, #ARGV, 2 do
          local id, lock = ARGV[at], prefix .. ARGV[at] .. ':lock'
          if redis.call('GET', lock) == ARGV[at + 1] then
            redis.call('SET', lock, ARGV[at + 1], 'PX', ARGV[1])
            -- Whoever renews is alive.
            redis.call('SREM', prefix .. 'stalled', id)
          else
            lost[#lost + 1] = id
          end
        end
        return lost
        """#)

    /// Puts back jobs that were locked for this worker by a turn whose reply never came.
    ///
    /// Arguments: token prefix, then the tokens that the worker does hold. Reply: the ids put back.
    static let reclaim = RedisScript(
        Lua.queue + "\n" + Lua.transitions + #"""

            local q = openQueue(KEYS[1] .. ':')
            local mine = ARGV[1] .. ':'
            local held = {}
            for at = 2, #ARGV do
              held[ARGV[at]] = true
            end
            local back = {}
            for _, id in ipairs(call('LRANGE', q.active, 0, -1)) do
              local key = q.prefix .. id
              local token = call('GET', key .. ':lock')
              if token and string.sub(token, 1, #mine) == mine and not held[token] and leaveActive(q, id, key, token) == 0 then
                enqueueFront(q, id, tonumber(call('HGET', key, 'priority')) or 0)
                emit(q, 'waiting', 'jobId', id, 'prev', 'active')
                back[#back + 1] = id
              end
            end
            if #back > 0 then mark(q) end
            return back
            """#)

    /// Looks for jobs whose worker has died. Two phases, a round apart: what was active at the last round, has no lock now and was not
    /// renewed since goes back to the queue; then everything active is noted for the next round.
    ///
    /// Arguments: how many stalls a job survives, now, interval. Reply: the ids put back, none when another worker looked less than an
    /// interval ago; and the milliseconds until the next check may look.
    static let checkStalled = RedisScript(
        Lua.queue + #"""

            local q = openQueue(KEYS[1] .. ':')
            local now, interval = tonumber(ARGV[2]), ARGV[3]
            local throttle, suspects = q.prefix .. 'stalled-check', q.prefix .. 'stalled'
            if call('EXISTS', throttle) == 1 then
              return { {}, call('PTTL', throttle) }
            end
            call('SET', throttle, now, 'PX', interval)
            call('XTRIM', q.events, 'MAXLEN', '~', q.cap)

            local back = {}
            local ids = call('SMEMBERS', suspects)
            call('DEL', suspects)
            for _, id in ipairs(ids) do
              local key = q.prefix .. id
              if call('EXISTS', key .. ':lock') == 0 and call('LREM', q.active, 1, id) > 0 and call('EXISTS', key) == 1 then
                local stalls = call('HINCRBY', key, 'stc', 1)
                local scheduler = call('HGET', key, 'rjk')
                local isScheduled = scheduler and call('ZSCORE', q.prefix .. 'repeat', scheduler)
                if stalls > tonumber(ARGV[1]) and not isScheduled then
                  -- The next worker that picks it fails it with this text.
                  call('HSET', key, 'defa', 'job stalled more than allowable limit')
                end
                call('RPUSH', q.wait, id)
                mark(q)
                emit(q, 'waiting', 'jobId', id, 'prev', 'active')
                emit(q, 'stalled', 'jobId', id)
                back[#back + 1] = id
              end
            end

            local active = call('LRANGE', q.active, 0, -1)
            callEach('SADD', suspects, active)
            return { back, tonumber(interval) }
            """#)
}
