import RedisClient

extension Scripts {
    /// Adds any number of jobs, ready, prioritized or delayed, in order.
    ///
    /// Arguments: count, then for each job: id or "", name, data, opts (JSON as stored), timestamp, delay, priority, "1" for lifo.
    /// Reply: for each job its id, and 1 if it is new, 0 if a job with that id exists (which is left alone).
    static let addJobs = RedisScript(
        Lua.queue + #"""

            local q = openQueue(KEYS[1] .. ':')
            local count = tonumber(ARGV[1])
            -- The counter moves for every add, also for one that brings its own id.
            local counter = call('INCRBY', q.prefix .. 'id', count) - count
            local reply = {}
            local batch, side = {}, 'LPUSH'
            local isReady, isDelayed = false, false

            -- Neighbours that go to the same end of `wait` go in one command.
            local function push()
              if #batch > 0 then
                call(side, q.wait, unpack(batch))
                batch = {}
              end
            end

            for number = 1, count do
              local at = 2 + (number - 1) * 8
              local id = ARGV[at]
              local isCustom = id ~= ''
              if not isCustom then
                id = string.format('%.0f', counter + number)
              end
              local key = q.prefix .. id
              reply[#reply + 1] = id
              if isCustom and call('EXISTS', key) == 1 then
                emit(q, 'duplicated', 'jobId', id)
                reply[#reply + 1] = 0
              else
                local name = ARGV[at + 1]
                local delay, priority = tonumber(ARGV[at + 5]), tonumber(ARGV[at + 6])
                call('HSET', key, 'name', name, 'data', ARGV[at + 2], 'opts', ARGV[at + 3], 'timestamp', ARGV[at + 4],
                  'delay', ARGV[at + 5], 'priority', ARGV[at + 6])
                emit(q, 'added', 'jobId', id, 'name', name)
                if delay > 0 then
                  local due = tonumber(ARGV[at + 4]) + delay
                  call('ZADD', q.delayed, delayedScore(q, due), id)
                  emit(q, 'delayed', 'jobId', id, 'delay', due)
                  isDelayed = true
                else
                  if priority > 0 then
                    addPrioritized(q, id, priority)
                  else
                    local wanted = ARGV[at + 7] == '1' and 'RPUSH' or 'LPUSH'
                    if wanted ~= side or #batch == 1000 then
                      push()
                      side = wanted
                    end
                    batch[#batch + 1] = id
                  end
                  emit(q, 'waiting', 'jobId', id)
                  isReady = true
                end
                reply[#reply + 1] = 1
              end
            end
            push()
            if isReady then mark(q) end
            if isDelayed then markDelayed(q) end
            return reply
            """#)
}
