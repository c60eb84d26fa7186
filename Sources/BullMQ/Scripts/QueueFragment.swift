/// Lua that several scripts share. Each constant is a piece of source whose functions may use those of the pieces before it.
///
/// Every script gets one key, `KEYS[1]` = `<prefix>:<queue>`, from which all others are made: they share its cluster slot when prefix or
/// queue name carry a hash tag. Numbers arrive as text. A function that takes a job's key gets the full one, `<prefix>:<queue>:<id>`.
enum Lua {
    /// What every script that changes jobs begins with.
    static let queue = basics + "\n" + groups + "\n" + groupJobs + "\n" + readying

    /// Settings, events, wake-up markers, scores.
    static let basics = #"""
        local call = redis.call
        local opened = {}

        -- Runs a command with any number of trailing arguments, a thousand a call: Lua's stack ends at some 8,000, and a script that fails
        -- halfway is not undone. An even number a call keeps pairs together.
        local function callEach(command, key, arguments)
          for from = 1, #arguments, 1000 do
            call(command, key, unpack(arguments, from, math.min(from + 999, #arguments)))
          end
        end

        -- A queue: where its keys are, and its settings, read once a script.
        local function openQueue(prefix)
          if opened[prefix] then
            return opened[prefix]
          end
          local meta = call('HMGET', prefix .. 'meta', 'opts.maxLenEvents', 'paused', 'concurrency', 'max', 'duration', 'sw:groups')
          if not meta[1] then
            call('HSET', prefix .. 'meta', 'opts.maxLenEvents', 10000)
          end
          local q = {
            prefix = prefix, cap = meta[1] or '10000', paused = meta[2], concurrency = tonumber(meta[3]),
            max = tonumber(meta[4]), duration = tonumber(meta[5]), grouped = meta[6],
            wait = prefix .. 'wait', active = prefix .. 'active', delayed = prefix .. 'delayed',
            prioritized = prefix .. 'prioritized', marker = prefix .. 'marker', events = prefix .. 'events'
          }
          opened[prefix] = q
          return q
        end

        local function emit(q, event, ...)
          if q.trimsOnce then
            call('XADD', q.events, '*', 'event', event, ...)
          else
            call('XADD', q.events, 'MAXLEN', '~', q.cap, '*', 'event', event, ...)
          end
        end

        -- For scripts that tell much: set `q.trimsOnce` first, and call this last.
        local function trimEvents(q)
          call('XTRIM', q.events, 'MAXLEN', '~', q.cap)
        end

        -- Numbers as text: Redis would print them as fractions, which takes ten times as long. Busy paths write '0' for the same reason.
        local smallNumbers = { '1', '2', '3', '4', '5', '6', '7', '8', '9' }
        local function text(number)
          return smallNumbers[number] or string.format('%d', number)
        end

        -- True when nothing may start now: the queue is paused, or as many jobs run as may run at once.
        local function blocked(q)
          return q.paused or (q.concurrency and call('LLEN', q.active) >= q.concurrency)
        end

        -- Wakes a worker: something is ready.
        local function mark(q)
          if not blocked(q) then
            call('ZADD', q.marker, '0', '0')
          end
        end

        -- Tells waiting workers when the next delayed job is due.
        local function markDelayed(q)
          local head = call('ZRANGE', q.delayed, '0', '0', 'WITHSCORES')
          if head[2] then
            call('ZADD', q.marker, tonumber(head[2]) / 4096, '1')
          end
        end

        -- Jobs due in the same millisecond keep their order through a sequence number in the low 12 bits.
        local function delayedScore(q, due, set)
          local low = due * 4096
          local last = call('ZREVRANGEBYSCORE', set or q.delayed, low + 4095, low, 'WITHSCORES', 'LIMIT', 0, 1)
          if last[2] then
            return math.min(tonumber(last[2]) + 1, low + 4095)
          end
          return low
        end

        -- The counter in the low 32 bits keeps jobs of one priority in order.
        local function addPrioritized(q, id, priority)
          local count = call('INCR', q.prefix .. 'pc')
          call('ZADD', q.prioritized, priority * 4294967296 + count % 4294967296, id)
        end
        """#

    /// Jobs that become ready, and what holds a running one.
    static let transitions = #"""
        -- Due delayed jobs of groups become ready, at most a thousand a call: to the end of their group, or where they hold it.
        local function promoteDueOfGroups(q, now)
          local set = q.prefix .. 'sw:d'
          local due = call('ZRANGEBYSCORE', set, '-inf', (now + 1) * 4096 - 1, 'LIMIT', 0, 1000)
          for _, member in ipairs(due) do
            local path, id = string.match(member, '^([^|]*)|(.*)$')
            local key = q.prefix .. id
            leaveDelayed(q, path, id)
            local job = call('HMGET', key, 'priority', 'ats')
            if job[1] then
              -- One that has been tried goes to the front.
              enqueueInGroup(q, path, id, tonumber(job[1]) or 0, 'LPUSH', job[2])
              call('HSET', key, 'delay', 0)
              emit(q, 'waiting', 'jobId', id, 'prev', 'delayed')
            else
              endHold(q, path, id)
            end
          end
        end

        -- Due delayed jobs become ready, at most a thousand a call.
        local function promoteDue(q, now)
          if q.grouped then
            promoteDueOfGroups(q, now)
          end
          local due = call('ZRANGEBYSCORE', q.delayed, '-inf', (now + 1) * 4096 - 1, 'LIMIT', 0, 1000)
          if #due == 0 then
            return
          end
          callEach('ZREM', q.delayed, due)
          for _, id in ipairs(due) do
            local key = q.prefix .. id
            local priority = call('HGET', key, 'priority')
            -- Writing to a job that is gone would bring half of it back to life.
            if priority or call('EXISTS', key) == 1 then
              enqueue(q, id, tonumber(priority) or 0, 'LPUSH')
              call('HSET', key, 'delay', 0)
              emit(q, 'waiting', 'jobId', id, 'prev', 'delayed')
            end
          end
          mark(q)
        end

        -- Takes a job out of `active`, if `token` holds it. Changes nothing when it answers an error code.
        -- `q.released`, where it exists, gathers the locks to drop, and `q.holders` who holds which, read at once.
        local function leaveActive(q, id, key, token)
          local lock = key .. ':lock'
          if token ~= '0' then
            local holder
            if q.holders then
              holder = q.holders[lock]
            else
              holder = call('GET', lock)
            end
            if not holder then
              return -2
            elseif holder ~= token then
              return -6
            end
          end
          if call('LREM', q.active, '-1', id) == 0 then
            return -3
          end
          releaseFromGroup(q, id)
          if token ~= '0' then
            if q.released then
              q.released[#q.released + 1] = id
              q.holders[lock] = false
            else
              call('DEL', lock)
              call('SREM', q.prefix .. 'stalled', id)
            end
          end
          return 0
        end

        local function deleteKeys(key)
          call('DEL', key, key .. ':logs', key .. ':dependencies', key .. ':processed', key .. ':failed', key .. ':unsuccessful')
        end
        """#
}
