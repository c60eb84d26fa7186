import RedisClient

extension Scripts {
    /// What ``addJobs`` does, for one job that is ready at once and has neither parent nor deduplication: the most frequent of all calls, and
    /// one in which defining the functions that it does not need would take as long as the rest.
    ///
    /// Arguments: id or "", name, data, opts (JSON as stored), timestamp, LPUSH or RPUSH. Reply: the id, and 1 if the job is new, 0 if one with
    /// that id stays.
    static let addReadyJob = RedisScript(
        #"""
        local call = redis.call
        local prefix = KEYS[1] .. ':'
        local events = prefix .. 'events'
        local meta = call('HMGET', prefix .. 'meta', 'opts.maxLenEvents', 'paused', 'concurrency')
        local cap = meta[1]
        if not cap then
          cap = '10000'
          call('HSET', prefix .. 'meta', 'opts.maxLenEvents', cap)
        end
        local id, name, serial = ARGV[1], ARGV[2], call('INCR', prefix .. 'id')
        local key
        if id == '' then
          id = string.format('%d', serial)
          key = prefix .. id
        else
          key = prefix .. id
          if call('EXISTS', key) == 1 then
            call('XADD', events, 'MAXLEN', '~', cap, '*', 'event', 'duplicated', 'jobId', id)
            return { id, 0 }
          end
        end
        call('HSET', key, 'name', name, 'data', ARGV[3], 'opts', ARGV[4], 'timestamp', ARGV[5], 'delay', '0', 'priority', '0')
        call('XADD', events, 'MAXLEN', '~', cap, '*', 'event', 'added', 'jobId', id, 'name', name)
        call(ARGV[6], prefix .. 'wait', id)
        call('XADD', events, 'MAXLEN', '~', cap, '*', 'event', 'waiting', 'jobId', id)
        if not meta[2] and not (meta[3] and call('LLEN', prefix .. 'active') >= tonumber(meta[3])) then
          call('ZADD', prefix .. 'marker', '0', '0')
        end
        return { id, 1 }
        """#)
}
