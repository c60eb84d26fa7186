import RedisClient

extension Scripts {
    /// Deletes up to a thousand jobs that wait to be run. What a scheduler has made last stays.
    ///
    /// Argument: "1" for delayed jobs too. Reply: how many were deleted; call again until none.
    static let drain = RedisScript(
        grouped: Lua.queue + "\n" + Lua.transitions + "\n" + Lua.relations + #"""

            local q = openQueue(KEYS[1] .. ':')
            local deleted = 0

            local function drainList(list)
              local kept = {}
              while deleted < 1000 do
                local ids = call('LPOP', list, 1000 - deleted)
                if not ids or #ids == 0 then
                  break
                end
                for _, id in ipairs(ids) do
                  if isPendingIteration(q, id) then
                    kept[#kept + 1] = id
                  else
                    deleteJob(q, id)
                    deleted = deleted + 1
                  end
                end
              end
              for at = #kept, 1, -1 do
                call('LPUSH', list, kept[at])
              end
            end

            local function drainSet(set)
              local kept = 0
              while deleted < 1000 do
                local ids = call('ZRANGE', set, kept, kept + 999 - deleted)
                if #ids == 0 then
                  break
                end
                for _, id in ipairs(ids) do
                  if isPendingIteration(q, id) then
                    kept = kept + 1
                  else
                    call('ZREM', set, id)
                    deleteJob(q, id)
                    deleted = deleted + 1
                  end
                end
              end
            end

            drainList(q.wait)
            drainList(q.prefix .. 'paused')
            if ARGV[1] == '1' then
              drainSet(q.delayed)
            end
            drainSet(q.prioritized)
            return deleted
            """#)

    /// Deletes jobs of one state that are older than a time.
    ///
    /// Arguments: state, time, how many at most. Reply: their ids.
    static let clean = RedisScript(
        grouped: Lua.queue + "\n" + Lua.transitions + "\n" + Lua.relations + #"""

            local q = openQueue(KEYS[1] .. ':')
            local state, cutoff, limit = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])
            local place = q.prefix .. state
            local cleaned = {}

            -- What tells a job's age; the first that it has.
            local ages = {
              delayed = { 'processedOn', 'timestamp' }, prioritized = { 'timestamp' },
              wait = { 'finishedOn', 'processedOn', 'timestamp' }
            }
            local function isOld(id)
              local times = call('HMGET', q.prefix .. id, unpack(ages[state] or ages.wait))
              for at = 1, 3 do
                if times[at] then
                  return tonumber(times[at]) <= cutoff
                end
              end
              return true
            end
            local function mayGo(id)
              return not isPendingIteration(q, id) and isOld(id)
                and (state ~= 'active' or call('EXISTS', q.prefix .. id .. ':lock') == 0)
            end

            if state == 'wait' or state == 'active' or state == 'paused' then
              local length = call('LLEN', place)
              local from = length
              local chosen, places = {}, {}
              while from > 0 and #chosen < limit do
                local first = math.max(0, from - 1000)
                local ids = call('LRANGE', place, first, from - 1)
                for at = #ids, 1, -1 do
                  if #chosen < limit and mayGo(ids[at]) then
                    chosen[#chosen + 1], places[#chosen + 1] = ids[at], first + at - 1
                  end
                end
                from = first
              end
              -- The oldest are chosen, and the newest of them go first: in that order their parents become ready, as with other clients.
              for number = #chosen, 1, -1 do
                -- By place, since looking for each would walk the list every time; no job has an empty id.
                call('LSET', place, places[number], '')
                deleteJob(q, chosen[number])
                cleaned[#cleaned + 1] = chosen[number]
              end
              if #cleaned > 0 then
                call('LREM', place, 0, '')
              end
            elseif state == 'completed' or state == 'failed' then
              for _, id in ipairs(call('ZRANGEBYSCORE', place, '-inf', cutoff, 'LIMIT', 0, limit)) do
                call('ZREM', place, id)
                deleteJob(q, id)
                cleaned[#cleaned + 1] = id
              end
            else
              local kept = 0
              while #cleaned < limit do
                local ids = call('ZRANGE', place, kept, kept + 999)
                if #ids == 0 then
                  break
                end
                for _, id in ipairs(ids) do
                  if #cleaned < limit and mayGo(id) then
                    call('ZREM', place, id)
                    deleteJob(q, id)
                    cleaned[#cleaned + 1] = id
                  else
                    kept = kept + 1
                  end
                end
              end
            end
            emit(q, 'cleaned', 'count', #cleaned)
            return cleaned
            """#)

    /// Deletes a paused queue, at most `count` jobs a call.
    ///
    /// Arguments: count, "1" although jobs run. Reply: 1 call again, 0 done, -1 it is not paused, -2 jobs run.
    static let obliterate = RedisScript(
        grouped: Lua.queue + "\n" + Lua.transitions + "\n" + Lua.relations + #"""

            local prefix = KEYS[1] .. ':'
            if redis.call('HEXISTS', prefix .. 'meta', 'paused') == 0 then
              return -1
            end
            local q = openQueue(prefix)
            if ARGV[2] ~= '1' and call('LLEN', q.active) > 0 then
              return -2
            end
            local left = tonumber(ARGV[1])

            local function deleteAll(ids)
              for _, id in ipairs(ids) do
                call('DEL', prefix .. id .. ':lock')
                deleteJob(q, id)
              end
              left = left - #ids
            end
            for _, state in ipairs({ 'active', 'wait', 'paused' }) do
              if left > 0 then
                deleteAll(call('LPOP', prefix .. state, left) or {})
              end
            end
            for _, state in ipairs({ 'delayed', 'prioritized', 'completed', 'failed', 'waiting-children' }) do
              if left > 0 then
                local ids = call('ZRANGE', prefix .. state, 0, left - 1)
                callEach('ZREM', prefix .. state, ids)
                deleteAll(ids)
              end
            end
            if left > 0 then
              local schedulers = call('ZRANGE', prefix .. 'repeat', 0, left - 1)
              for _, id in ipairs(schedulers) do
                call('DEL', prefix .. 'repeat:' .. id)
                call('ZREM', prefix .. 'repeat', id)
              end
              left = left - #schedulers
            end
            if left <= 0 then
              return 1
            end
            for _, suffix in ipairs({
              'events', 'stalled-check', 'stalled', 'id', 'pc', 'marker', 'limiter', 'repeat', 'metrics:completed',
              'metrics:completed:data', 'metrics:failed', 'metrics:failed:data', 'meta'
            }) do
              call('DEL', prefix .. suffix)
            end
            return 0
            """#)
}
