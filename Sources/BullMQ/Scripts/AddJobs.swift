import RedisClient

extension Scripts {
    /// Adds any number of jobs in order, to one queue or as whole trees to several.
    ///
    /// Arguments: 1 count, 2 `tree` for all of it or nothing, `parents` when some have a parent, "", 3 now; then for each job
    /// nine: id or "", name, data, opts (JSON as stored),
    /// timestamp, delay, priority, "1" for lifo, number of further arguments. These are pairs, all optional: `q` the job's queue as
    /// `<prefix>:<queue>`, `pk` its parent's key, `pd` what is stored of the parent (JSON), `pt` "1" when that parent is part of the
    /// tree, `wc` "1" when it waits for children, `de` deduplication id, `dt` its time to live, `df` its rules: letters e, r and k for
    /// extend, replace and keep; `g` the path of its group, `go` "1" when that group is ordered.
    ///
    /// Reply: for each job its id, and 1 if it is new, 0 if another one stays instead, -5 or -7 if its parent is missing or another one's.
    static let addJobs = RedisScript(
        grouped: Lua.queue + "\n" + Lua.transitions + "\n" + Lua.relations + addJobsBody)

    private static let addJobsBody = #"""

        local queues = {}
        local function queue(base)
          local q = queues[base]
          if not q then
            q = openQueue(base .. ':')
            q.trimsOnce = tonumber(ARGV[1]) > 1
            queues[base] = q
          end
          return q
        end

        local count, isTree = tonumber(ARGV[1]), ARGV[2] == 'tree'

        local function further(at)
          local given = {}
          for pair = at + 9, at + 8 + tonumber(ARGV[at + 8]), 2 do
            given[ARGV[pair]] = ARGV[pair + 1]
          end
          return given
        end

        -- Of an existing job that is to become the child of another parent than the one it has.
        local function belongsToAnother(key, parentKey)
          local current = call('HGET', key, 'parentKey')
          return current and current ~= '' and current ~= parentKey and call('EXISTS', current) == 1
        end

        if ARGV[2] ~= '' and (isTree or count == 1) then
          local at, problems, isRefused = 4, {}, false
          for number = 1, count do
            local given, code = further(at), 1
            if given.pk then
              if not given.pt and call('EXISTS', given.pk) == 0 then
                code = -5
              elseif ARGV[at] ~= '' and belongsToAnother((given.q or KEYS[1]) .. ':' .. ARGV[at], given.pk) then
                code = -7
              end
            end
            isRefused = isRefused or code < 0
            problems[#problems + 1] = ARGV[at]
            problems[#problems + 1] = code
            at = at + 9 + tonumber(ARGV[at + 8])
          end
          if isRefused then
            if not isTree and problems[2] == -7 then
              call('INCR', KEYS[1] .. ':id')
            end
            return problems
          end
        end

        local q = queue(KEYS[1])
        -- The counter moves for every job that is not refused, also for one that brings its own id.
        local counter = ARGV[2] == '' and call('INCRBY', q.prefix .. 'id', count) - count
        local reply = {}
        local batch, side = {}, 'LPUSH'
        local parents = {}

        -- Neighbours that go to the same end of `wait` go in one command.
        local function push()
          if #batch > 0 then
            callEach(side, q.wait, batch)
            batch = {}
          end
        end

        -- A job with that id exists. It may become a child of the new parent, to which it counts when it has completed.
        local function adopt(id, key, given)
          if given and given.pk then
            local current = call('HGET', key, 'parentKey')
            if current and current ~= '' and current ~= given.pk then
              if call('EXISTS', current) == 1 then
                return -7
              end
            else
              if call('ZSCORE', q.prefix .. 'completed', id) then
                call('HSET', given.pk .. ':processed', key, call('HGET', key, 'returnvalue') or 'null')
                -- Only once the whole tree is there can one say that nothing is left to wait for.
                parents[#parents + 1] = given.pk
              else
                call('SADD', given.pk .. ':dependencies', key)
              end
              call('HSET', key, 'parentKey', given.pk, 'parent', given.pd)
            end
          end
          emit(q, 'duplicated', 'jobId', id)
          return 0
        end

        local function rules(given)
          return {
            id = given.de, ttl = tonumber(given.dt) or 0, extend = string.find(given.df, 'e'),
            replace = not given.wc and string.find(given.df, 'r'), keep = string.find(given.df, 'k')
          }
        end

        local at = 4
        for number = 1, count do
          local id, name, data, opts, timestamp = ARGV[at], ARGV[at + 1], ARGV[at + 2], ARGV[at + 3], ARGV[at + 4]
          local delayText, priorityText, isLifo = ARGV[at + 5], ARGV[at + 6], ARGV[at + 7] == '1'
          local priority = tonumber(priorityText)
          local given = ARGV[at + 8] ~= '0' and further(at)
          at = at + 9 + tonumber(ARGV[at + 8])
          if given and given.q and queue(given.q) ~= q then
            push()
            q = queue(given.q)
          end
          local status, isCustom = 1, id ~= ''
          if given and given.pk and not given.pt and call('EXISTS', given.pk) == 0 then
            status = -5
          else
            local serial = counter and counter + number or call('INCR', q.prefix .. 'id')
            if not isCustom then
              id = string.format('%.0f', serial)
            end
            local key = q.prefix .. id
            if isCustom and call('EXISTS', key) == 1 then
              status = adopt(id, key, given)
            else
              local staying
              if given and given.de then
                push()
                staying = deduplicate(
                  q, { id = id, name = name, data = data, opts = opts, parentKey = given.pk, parent = given.pd, path = given.g }, rules(given))
              end
              if staying then
                id, status = staying, 0
              else
                call('HSET', key, 'name', name, 'data', data, 'opts', opts, 'timestamp', timestamp, 'delay', delayText,
                  'priority', priorityText)
                emit(q, 'added', 'jobId', id, 'name', name)
                local path = given and given.g
                if given then
                  if path then
                    call('HSET', key, 'sw:group', path)
                    if given.go then
                      local leaf = loadNode(q, path)
                      if not leaf.o then
                        leaf.o, leaf.becomesOrdered = 1, true
                      end
                    end
                  end
                  if given.pk then
                    call('HSET', key, 'parentKey', given.pk, 'parent', given.pd)
                    call('SADD', given.pk .. ':dependencies', key)
                  end
                  if given.de then
                    call('HSET', key, 'deid', given.de)
                  end
                end
                local delay = tonumber(delayText)
                if given and given.wc then
                  call('ZADD', q.prefix .. 'waiting-children', timestamp, id)
                  emit(q, 'waiting-children', 'jobId', id)
                  parents[#parents + 1] = key
                elseif delay > 0 then
                  local due = tonumber(timestamp) + delay
                  if path then
                    delayInGroup(q, path, id, due)
                  else
                    call('ZADD', q.delayed, delayedScore(q, due), id)
                    q.isDelayed = true
                  end
                  emit(q, 'delayed', 'jobId', id, 'delay', due)
                else
                  if path then
                    enqueueInGroup(q, path, id, priority, isLifo and 'RPUSH' or 'LPUSH', isLifo)
                  elseif priority > 0 then
                    addPrioritized(q, id, priority)
                  else
                    local wanted = isLifo and 'RPUSH' or 'LPUSH'
                    if wanted ~= side or #batch == 1000 then
                      push()
                      side = wanted
                    end
                    batch[#batch + 1] = id
                  end
                  emit(q, 'waiting', 'jobId', id)
                  q.isReady = q.isReady or not path
                end
              end
            end
          end
          reply[#reply + 1] = id
          reply[#reply + 1] = status
        end
        push()

        -- Parents whose children had all completed before.
        local now = tonumber(ARGV[3])
        for _, parent in ipairs(parents) do
          if call('EXISTS', parent .. ':dependencies') == 0 then
            releaseParent(parent, now)
          end
        end
        for _, touched in pairs(queues) do
          if touched.isReady then mark(touched) end
          if touched.isDelayed then markDelayed(touched) end
          if touched.trimsOnce then trimEvents(touched) end
        end
        return reply
        """#
}
