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
        grouped: Lua.queue + "\n" + Lua.transitions + #"""

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
                makeReady(q, id, key, 'RPUSH', true)
                emit(q, 'waiting', 'jobId', id, 'prev', 'active')
                back[#back + 1] = id
              end
            end
            return back
            """#)

    /// Looks for jobs whose worker has died. Two phases, a round apart: what was active at the last round, has no lock now and was not
    /// renewed since goes back to the queue; then everything active is noted for the next round.
    ///
    /// Arguments: how many stalls a job survives, now, interval. Reply: the ids put back, none when another worker looked less than an
    /// interval ago; and the milliseconds until the next check may look.
    static let checkStalled = RedisScript(
        grouped: Lua.queue + #"""

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
                local path = q.grouped and groupOf(key)
                releaseFromGroup(q, id)
                if path then
                  makeReady(q, id, key, 'RPUSH', true)
                else
                  call('RPUSH', q.wait, id)
                  mark(q)
                end
                emit(q, 'waiting', 'jobId', id, 'prev', 'active')
                emit(q, 'stalled', 'jobId', id)
                back[#back + 1] = id
              end
            end

            local active = call('LRANGE', q.active, 0, -1)
            if q.grouped then
              -- Another client may have taken a group's job out of `active`, and does not know of its place in the group.
              local running = {}
              for _, id in ipairs(active) do
                running[id] = true
              end
              for _, id in ipairs(call('HKEYS', q.prefix .. 'sw:a')) do
                if not running[id] then
                  local path = releaseFromGroup(q, id)
                  local leaf = loadNode(q, path)
                  if call('EXISTS', q.prefix .. id) == 0 or call('HEXISTS', q.prefix .. id, 'finishedOn') == 1 then
                    endHold(q, path, id)
                  end
                  markGroup(q, firstLevel(leaf).na == 0)
                end
              end
            end
            callEach('SADD', suspects, active)
            return { back, tonumber(interval) }
            """#)
}
