import RedisClient

extension Scripts {
    /// A worker's turn: reports what became of any number of jobs, and fetches up to some number of new ones.
    ///
    /// Arguments: 1 now, 2 lock duration, 3 token prefix, 4 number of the first new token, 5 how many jobs to fetch, 6 worker name or "",
    /// 7 and 8 the worker's own rate limit, jobs in milliseconds, or "", 9 data points of the metrics or "", 10 count of reports,
    /// 11 how many of the jobs to fetch may only be of groups that hold nothing; then for each report nine: kind, id, token, and
    /// - `completed`: return value, "", attempts, keep count or "", keep age in seconds or "", keep limit
    /// - `failed`: reason, stack trace, attempts, keep count or "", keep age or "", keep limit
    /// - `delayed`: reason or "", stack trace or "", delay, 1 if the attempt does not count, "", ""
    /// - `retry`: reason, stack trace, LPUSH or RPUSH, "", "", ""
    /// - `return`: six times "": back to the front of the queue, the attempt does not count
    /// - `limited`: milliseconds for which the queue starts nothing, or "", then five times "": back to the front, and fetches nothing
    /// - `children`: "1" if it stays when none is pending (code 1), "" if it goes back to the front then, then five times ""
    ///
    /// Reply: the codes of the reports (0, or below zero: nothing was changed), the jobs as `[id, token, fields]`, milliseconds of rate
    /// limit, time of the next delayed job or 0, 1 if the queue has nothing left at all, 1 if as many run as may, 1 if only the reserve
    /// keeps jobs from starting.
    static let turn = RedisScript(
        grouped: Lua.queue + "\n" + Lua.transitions + "\n" + Lua.relations + "\n" + Lua.finishing + "\n" + Lua.fairTurns + "\n"
            + Lua.fetching
            + turnBody)

    private static let turnBody = #"""

        local q = openQueue(KEYS[1] .. ':')
        local now = tonumber(ARGV[1])
        q.now, q.trimsOnce = ARGV[1], true
        local toFetch = tonumber(ARGV[5])
        local ownMax, ownDuration = tonumber(ARGV[7]), tonumber(ARGV[8])
        -- The other clients have it so: of two limits the queue's number counts, and the worker's time.
        q.max, q.duration = q.max or ownMax, ownDuration or q.duration
        local metricsSize = tonumber(ARGV[9])
        local reports = tonumber(ARGV[10])
        local codes = {}
        local hasFinished, isLimited = false, false

        if reports > 0 then
          q.holders, q.released, q.isChildless = {}, {}, true
          -- One question instead of one for each, of a thousand keys at most; the end of a child may change the answer.
          for from = 1, reports, 500 do
            local ids, locks, children = {}, {}, {}
            for number = from, math.min(from + 499, reports) do
              local id = ARGV[13 + (number - 1) * 9]
              local key = q.prefix .. id
              ids[#ids + 1] = id
              locks[#locks + 1] = key .. ':lock'
              children[#children + 1] = key .. ':dependencies'
              children[#children + 1] = key .. ':unsuccessful'
            end
            local holders = call('MGET', unpack(locks))
            if q.grouped then
              q.heldPaths = q.heldPaths or {}
              for number, path in ipairs(call('HMGET', q.prefix .. 'sw:a', unpack(ids))) do
                q.heldPaths[ids[number]] = path
              end
            end
            for number, lock in ipairs(locks) do
              q.holders[lock] = holders[number]
            end
            q.isChildless = q.isChildless and call('EXISTS', unpack(children)) == 0
          end
        end

        for number = 1, reports do
          local at = 12 + (number - 1) * 9
          local kind, id, token = ARGV[at], ARGV[at + 1], ARGV[at + 2]
          local a, b, c, d, e, f = ARGV[at + 3], ARGV[at + 4], ARGV[at + 5], ARGV[at + 6], ARGV[at + 7], ARGV[at + 8]
          local code
          if kind == 'completed' or kind == 'failed' then
            code = finish(q, now, id, token, kind, a, b, tonumber(c), tonumber(d), tonumber(e), tonumber(f), metricsSize)
            hasFinished = hasFinished or code == 0
          elseif kind == 'delayed' then
            code = delay(q, now, id, token, a, b, tonumber(c), d == '1')
          elseif kind == 'retry' then
            code = retry(q, now, id, token, a, b, c)
          elseif kind == 'children' then
            code = waitForChildren(q, now, id, token, a == '1')
          else
            code = giveBack(q, id, token)
            if kind == 'limited' then
              isLimited = true
              if a ~= '' then
                call('SET', q.prefix .. 'limiter', '9007199254740991', 'PX', a)
              end
            end
          end
          codes[number] = code
        end

        flushFinished(q)
        if q.released and #q.released > 0 then
          local locks = {}
          for number, id in ipairs(q.released) do
            locks[number] = q.prefix .. id .. ':lock'
          end
          for from = 1, #locks, 1000 do
            call('DEL', unpack(locks, from, math.min(from + 999, #locks)))
          end
          callEach('SREM', q.prefix .. 'stalled', q.released)
        end

        local jobs, limit, nextDelayed, isBlocked, isDrained, isReserved = {}, 0, 0, false, false, false
        if isLimited then
          limit = math.max(call('PTTL', q.prefix .. 'limiter'), 0)
        elseif toFetch > 0 then
          jobs, limit, nextDelayed, isBlocked, isReserved =
            fetch(q, now, toFetch, ARGV[3], tonumber(ARGV[4]), ARGV[2], ARGV[6], tonumber(ARGV[11]))
        end
        -- Workers that fetch say so only when nothing at all is left, delayed jobs included.
        if hasFinished and #jobs == 0 and limit == 0 and nextDelayed == 0 and not isBlocked
          and call('EXISTS', q.wait, q.active, q.prioritized) == 0 and not (q.grouped and loadNode(q, '').nw > 0) then
          emit(q, 'drained')
          isDrained = true
        end
        if toFetch == 0 and reports > 0 and q.concurrency and call('EXISTS', q.wait, q.prioritized) > 0 then
          -- A place among those that may run at once is free, and it is for another worker to take it.
          mark(q)
        end
        if q.grouped and (#jobs > 0 or (toFetch == 0 and q.isFreed)) then
          markRest(q)
        end
        if reports > 0 or #jobs > 0 then
          trimEvents(q)
        end
        return { codes, jobs, limit, nextDelayed, isDrained and 1 or 0, isBlocked and not q.paused and 1 or 0,
          isReserved and 1 or 0 }
        """#
}
