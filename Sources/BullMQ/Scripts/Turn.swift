import RedisClient

extension Scripts {
    /// A worker's turn: reports what became of any number of jobs, and fetches up to some number of new ones.
    ///
    /// Arguments: 1 now, 2 lock duration, 3 token prefix, 4 number of the first new token, 5 how many jobs to fetch, 6 worker name or "",
    /// 7 count of reports; then for each report nine: kind, id, token, and
    /// - `completed`: return value, "", attempts, keep count or "", keep age in seconds or "", keep limit
    /// - `failed`: reason, stack trace, attempts, keep count or "", keep age or "", keep limit
    /// - `delayed`: reason or "", stack trace or "", delay, 1 if the attempt does not count, "", ""
    /// - `retry`: reason, stack trace, LPUSH or RPUSH, "", "", ""
    /// - `return`: six times "": back to the front of the queue, the attempt does not count
    ///
    /// Reply: the codes of the reports (0, or below zero: nothing was changed), the jobs as `[id, token, fields]`, milliseconds of rate
    /// limit, time of the next delayed job or 0.
    static let turn = RedisScript(
        Lua.queue + "\n" + Lua.transitions + "\n" + Lua.relations + "\n" + Lua.finishing + "\n" + Lua.fetching + turnBody)

    private static let turnBody = #"""

        local q = openQueue(KEYS[1] .. ':')
        local now = tonumber(ARGV[1])
        local toFetch = tonumber(ARGV[5])
        local codes = {}
        local hasFinished = false

        for number = 1, tonumber(ARGV[7]) do
          local at = 8 + (number - 1) * 9
          local kind, id, token = ARGV[at], ARGV[at + 1], ARGV[at + 2]
          local a, b, c, d, e, f = ARGV[at + 3], ARGV[at + 4], ARGV[at + 5], ARGV[at + 6], ARGV[at + 7], ARGV[at + 8]
          local code
          if kind == 'completed' or kind == 'failed' then
            code = finish(q, now, id, token, kind, a, b, tonumber(c), tonumber(d), tonumber(e), tonumber(f))
            hasFinished = hasFinished or code == 0
          elseif kind == 'delayed' then
            code = delay(q, now, id, token, a, b, tonumber(c), d == '1')
          elseif kind == 'retry' then
            code = retry(q, now, id, token, a, b, c)
          else
            code = giveBack(q, id, token)
          end
          codes[number] = code
        end

        local jobs, limit, nextDelayed, isBlocked = {}, 0, 0, false
        if toFetch > 0 then
          jobs, limit, nextDelayed, isBlocked = fetch(q, now, toFetch, ARGV[3], tonumber(ARGV[4]), ARGV[2], ARGV[6])
        end
        -- Workers that fetch say so only when nothing at all is left, delayed jobs included.
        if hasFinished and #jobs == 0 and limit == 0 and nextDelayed == 0 and not isBlocked
          and call('EXISTS', q.wait, q.active, q.prioritized) == 0 then
          emit(q, 'drained')
        end
        return { codes, jobs, limit, nextDelayed }
        """#
}
