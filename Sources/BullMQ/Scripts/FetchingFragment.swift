extension Lua {
    /// Getting jobs to run. Needs ``queue`` and ``transitions``.
    static let fetching = #"""
        -- Moves up to `count` ready jobs to `active`, next to run first: those without priority, then by priority.
        local function takeReady(q, count)
          local ids = call('RPOP', q.wait, count) or {}
          if #ids < count then
            local first = call('ZPOPMIN', q.prioritized, count - #ids)
            for at = 1, #first, 2 do
              ids[#ids + 1] = first[at]
            end
            if #first == 0 then
              call('DEL', q.prefix .. 'pc')
            end
          end
          if #ids > 0 then
            callEach('LPUSH', q.active, ids)
          end
          return ids
        end

        -- How many jobs may start now, `count` at most; also the milliseconds until the rate limit ends, if that is why.
        local function allowance(q, count)
          if q.max then
            local limiter = q.prefix .. 'limiter'
            local used = tonumber(call('GET', limiter)) or 0
            if used >= q.max then
              local ttl = call('PTTL', limiter)
              if ttl > 0 then
                return 0, ttl
              elseif ttl == 0 then
                call('DEL', limiter)
                used = 0
              end
            end
            -- A counter without an end would hold the queue for ever; this is what the other clients make of one.
            count = math.min(count, math.max(1, q.max - used))
          end
          if q.paused then
            return 0, 0
          end
          if q.concurrency then
            count = math.min(count, q.concurrency - call('LLEN', q.active))
          end
          return math.max(count, 0), 0
        end

        -- Starts a job that is in `active`: its lock, its fields. Answers nil for an id without a job, which is dropped.
        local function start(q, now, id, token, lockDuration, workerName)
          local key = q.prefix .. id
          local fields = call('HGETALL', key)
          if #fields == 0 then
            -- The job was deleted behind the queue's back, or this is a marker of old versions.
            call('LREM', q.active, 1, id)
            local path = releaseFromGroup(q, id)
            if path then
              endHold(q, path, id)
            end
            return nil
          end
          local started, isDoomed, path = 0, false, nil
          for at = 1, #fields, 2 do
            if fields[at] == 'data' then
              q.fetched = q.fetched + #fields[at + 1]
            elseif fields[at] == 'ats' then
              started = tonumber(fields[at + 1]) or 0
            elseif fields[at] == 'defa' then
              isDoomed = true
            elseif fields[at] == 'sw:group' then
              path = fields[at + 1]
            end
          end
          if path and not (q.takenPaths and q.takenPaths[id]) then
            -- Another client has put a job of a group into `wait`.
            call('LREM', q.active, 1, id)
            releaseFromGroup(q, id)
            enqueueFront(q, id, tonumber(call('HGET', key, 'priority')) or 0, path)
            return nil
          end
          if q.max and not isDoomed and call('INCR', q.prefix .. 'limiter') == 1 then
            call('PEXPIRE', q.prefix .. 'limiter', math.floor(math.abs(q.duration or 0)))
          end
          call('SET', key .. ':lock', token, 'PX', lockDuration)
          emit(q, 'active', 'jobId', id, 'prev', 'waiting')
          if workerName ~= '' then
            call('HSET', key, 'processedOn', q.now, 'ats', text(started + 1), 'pb', workerName)
          else
            call('HSET', key, 'processedOn', q.now, 'ats', text(started + 1))
          end
          return { id, token, fields }
        end

        -- Up to `count` jobs, each with its lock taken; fewer when their data are large, which must fit into one reply. Also: milliseconds until the rate limit ends, when the next delayed job is due,
        -- and whether the queue lets nothing start now.
        local function fetch(q, now, count, tokenPrefix, firstToken, lockDuration, workerName, reserve)
          tokenPrefix = tokenPrefix .. ':'
          promoteDue(q, now)
          local jobs = {}
          local isFair, isReserved = q.grouped, false
          if isFair then
            freeDue(q)
            q.running = call('LLEN', q.active)
            q.plain = call('LLEN', q.wait) + call('ZCARD', q.prioritized)
          end
          q.fetched = 0
          while #jobs < count and q.fetched < 33554432 do
            local wanted, ttl = allowance(q, math.min(count - #jobs, 25))
            if wanted == 0 then
              return jobs, ttl, 0, ttl == 0
            end
            local ids
            if isFair then
              -- What is left of the slots beside the reserve.
              local common = math.max(0, count - reserve - #jobs)
              ids, isReserved = takeFair(q, now, wanted, math.max(0, wanted - common))
            else
              ids = takeReady(q, wanted)
            end
            for _, id in ipairs(ids) do
              local job = start(q, now, id, tokenPrefix .. text(firstToken + #jobs), lockDuration, workerName)
              if job then
                if #jobs == 0 and not isFair then
                  -- So that another idle worker looks whether there is more.
                  call('ZADD', q.marker, '0', '0')
                end
                jobs[#jobs + 1] = job
              end
            end
            if #ids < wanted then
              local head = call('ZRANGE', q.delayed, '0', '0', 'WITHSCORES')
              local due = head[2] and math.floor(tonumber(head[2]) / 4096) or 0
              if isFair then
                local nextTime = nextOfGroups(q, now)
                if q.retryAt then
                  nextTime = math.min(nextTime or q.retryAt, q.retryAt)
                end
                if nextTime then
                  due = due > 0 and math.min(due, nextTime) or nextTime
                end
              end
              return jobs, 0, due, false, isReserved
            end
          end
          return jobs, 0, 0, false
        end

        -- After a turn: so that another idle worker looks whether there is more.
        local function markRest(q)
          local root = loadNode(q, '')
          if root.ki > 0 then
            markGroup(q, true)
          elseif root.kr + root.ko > 0 then
            markGroup(q, false)
          end
          if (q.plain or 0) > 0 then
            mark(q)
          end
        end
        """#
}
