import RedisClient

extension Scripts {
    /// Creates or changes a job scheduler, and makes its next job in place of the pending one.
    ///
    /// Arguments: 1 id, 2 now, 3 interval or "", 4 cron expression or "", 5 time zone or "", 6 limit or "", 7 start or "", 8 end or "",
    /// 9 offset or "", 10 next slot of a cron expression or "", 11 name, 12 data, 13 template options (JSON) or "", 14 options of its jobs
    /// and 15 their repetition (JSON members), 16 the id as the inside of a JSON string, 17 priority, 18 LPUSH or RPUSH.
    ///
    /// Reply: the pending job's id and its delay; or -10 (the slot of the cron expression has a job that has begun), -11 (so have all of the
    /// next slots), with nothing changed.
    static let upsertScheduler = RedisScript(
        grouped: Lua.queue + "\n" + Lua.transitions + "\n" + Lua.scheduling + #"""

            local q = openQueue(KEYS[1] .. ':')
            local id, now, every = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])
            local offset = tonumber(ARGV[9]) or 0
            local all, record = q.prefix .. 'repeat', q.prefix .. 'repeat:' .. id
            local previous = tonumber(call('ZSCORE', all, id))
            local old = call('HMGET', record, 'every', 'offset', 'ic')
            local keepsPace = every and previous and tonumber(old[1]) == every

            -- A pending job that nobody has begun gives way.
            local pending = previous and pendingId(id, previous)
            local givesWay = pending and call('EXISTS', q.prefix .. pending) == 1
              and (call('ZSCORE', q.delayed, pending) or call('ZSCORE', q.prioritized, pending)
                or call('LPOS', q.wait, pending) or call('LPOS', q.prefix .. 'paused', pending))

            local slot = tonumber(ARGV[10])
            if keepsPace and givesWay then
              slot = previous
            elseif keepsPace then
              slot = followingSlot(previous, now, every, offset > 0 and offset or tonumber(old[2]) or 0)
            elseif every and ARGV[7] ~= '' then
              slot = math.max(tonumber(ARGV[7]), now)
            elseif every then
              slot = offset > 0 and slotAfter(now, every, offset) or now
            end
            if not (givesWay and slot == previous) then
              if every then
                slot = freeSlot(q, id, slot, every)
                if not slot then
                  return -11
                end
              elseif call('EXISTS', q.prefix .. pendingId(id, slot)) == 1 then
                return -10
              end
            end

            if givesWay then
              call('ZREM', q.delayed, pending)
              call('ZREM', q.prioritized, pending)
              call('LREM', q.wait, 0, pending)
              call('LREM', q.prefix .. 'paused', 0, pending)
              deleteKeys(q.prefix .. pending)
            end
            -- Whoever takes the place of a pending job keeps its offset, too, unless another one is given.
            if offset == 0 then
              offset = givesWay and tonumber(old[2]) or every and slot % every or 0
            end

            call('DEL', record)
            call('HSET', record, 'name', ARGV[11], 'offset', offset, 'ic', old[3] or 1)
            for name, value in pairs({
              every = ARGV[3], pattern = ARGV[4], tz = ARGV[5], limit = ARGV[6], startDate = ARGV[7], endDate = ARGV[8],
              data = ARGV[12] ~= '{}' and ARGV[12] or '', opts = ARGV[13]
            }) do
              if value ~= '' then
                call('HSET', record, name, value)
              end
            end
            call('ZADD', all, slot, id)
            return addPending(q, id, slot, now, {
              name = ARGV[11], data = ARGV[12], members = ARGV[14], repetition = ARGV[15], idText = ARGV[16],
              priority = tonumber(ARGV[17]), side = ARGV[18], isCron = not every
            })
            """#)

    /// Makes the job that follows one which a worker is about to run.
    ///
    /// Arguments: 1 scheduler id, 2 now, 3 id of the job that runs, 4 next slot of a cron expression or "", 5 options and 6 repetition of the
    /// next job (JSON members), 7 the id as the inside of a JSON string, 8 priority, 9 LPUSH or RPUSH.
    ///
    /// Reply: the new job's id and its delay; null when the scheduler is gone or has moved on; -10 or -11 as above.
    static let advanceScheduler = RedisScript(
        grouped: Lua.queue + "\n" + Lua.transitions + "\n" + Lua.scheduling + #"""

            local prefix, id, now = KEYS[1] .. ':', ARGV[1], tonumber(ARGV[2])
            local all, record = prefix .. 'repeat', prefix .. 'repeat:' .. id
            local previous = tonumber(call('ZSCORE', all, id))
            local stored = call('HMGET', record, 'name', 'data', 'every', 'offset')
            if not previous or not stored[1] or ARGV[3] ~= pendingId(id, previous) then
              return false
            end
            local q = openQueue(prefix)
            local slot, every = tonumber(ARGV[4]), tonumber(stored[3])
            if every then
              slot = freeSlot(q, id, followingSlot(previous, now, every, tonumber(stored[4]) or 0), every)
              if not slot then
                return -11
              end
            elseif not slot then
              return false
            elseif call('EXISTS', prefix .. pendingId(id, slot)) == 1 then
              return -10
            end
            call('ZADD', all, slot, id)
            call('HINCRBY', record, 'ic', 1)
            return addPending(q, id, slot, now, {
              name = stored[1], data = stored[2] or '{}', members = ARGV[5], repetition = ARGV[6], idText = ARGV[7],
              priority = tonumber(ARGV[8]), side = ARGV[9], isCron = not every
            })
            """#)

    /// Removes a scheduler, and its pending job if that is delayed. Argument: id. Reply: 1 if there was one.
    static let removeScheduler = RedisScript(
        grouped: Lua.queue + "\n" + Lua.transitions + "\n" + Lua.scheduling + #"""

            local prefix, id = KEYS[1] .. ':', ARGV[1]
            local all = prefix .. 'repeat'
            local previous = tonumber(call('ZSCORE', all, id))
            if not previous then
              return 0
            end
            local q = openQueue(prefix)
            local pending = pendingId(id, previous)
            if call('ZREM', q.delayed, pending) == 1 then
              deleteKeys(q.prefix .. pending)
              emit(q, 'removed', 'jobId', pending, 'prev', 'delayed')
            end
            call('ZREM', all, id)
            call('DEL', q.prefix .. 'repeat:' .. id)
            return 1
            """#)
}
