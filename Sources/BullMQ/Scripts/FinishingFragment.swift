extension Lua {
    /// The ways out of `active`. Needs ``queue``, ``transitions`` and ``relations``.
    ///
    /// Codes: -1 the job is gone, -2 nobody holds its lock, -3 it is not active, -4 children are pending, -6 another worker holds the lock,
    /// -9 a child failed that takes it along. With a code, nothing has been changed.
    static let finishing = #"""
        local function removeFinished(q, ids)
          for _, id in ipairs(ids) do
            local key = q.prefix .. id
            unlinkChild(key, call('HGET', key, 'parentKey'))
            deleteKeys(key)
          end
        end

        -- Keeps a set of finished jobs within its limits. A set that is far over them shrinks by a thousand a call.
        local function trim(q, set, now, count, age, limit)
          if age then
            local old = call('ZREVRANGEBYSCORE', set, now - age * 1000, '-inf', 'LIMIT', 0, limit or 1000)
            if #old > 0 then
              removeFinished(q, old)
              call('ZREM', set, unpack(old))
            end
          end
          if count then
            local excess = call('ZREVRANGE', set, count, count + 999)
            if #excess > 0 then
              removeFinished(q, excess)
              call('ZREM', set, unpack(excess))
            end
          end
        end

        local function finish(q, now, id, token, target, value, stack, attempts, keepCount, keepAge, keepLimit)
          local key = q.prefix .. id
          local job = call('HMGET', key, 'name', 'atm', 'parentKey', 'parent', 'deid')
          if not job[1] and call('EXISTS', key) == 0 then
            return -1
          end
          local isCompleted = target == 'completed'
          if isCompleted and call('EXISTS', key .. ':dependencies', key .. ':unsuccessful') > 0 then
            return call('SCARD', key .. ':dependencies') > 0 and -4 or -9
          end
          local code = leaveActive(q, id, key, token)
          if code ~= 0 then
            return code
          end
          if job[5] then
            releaseDeduplication(q, id, job[5], now)
          end
          if job[3] then
            settleParent(key, job[3], job[4], isCompleted, value, now)
          end
          local made = (tonumber(job[2]) or 0) + 1
          if keepCount == 0 then
            if job[3] then
              unlinkChild(key, job[3])
            end
            deleteKeys(key)
          else
            local set = q.prefix .. target
            call('ZADD', set, now, id)
            if isCompleted then
              call('HSET', key, 'atm', made, 'returnvalue', value, 'finishedOn', now)
            else
              call('HSET', key, 'atm', made, 'failedReason', value, 'stacktrace', stack, 'finishedOn', now)
              call('HDEL', key, 'defa')
            end
            trim(q, set, now, keepCount, keepAge, keepLimit)
          end
          if isCompleted then
            emit(q, 'completed', 'jobId', id, 'returnvalue', value, 'prev', 'active')
          else
            emit(q, 'failed', 'jobId', id, 'failedReason', value, 'prev', 'active')
            if made >= attempts then
              emit(q, 'retries-exhausted', 'jobId', id, 'attemptsMade', made)
            end
          end
          return 0
        end

        local function keepFailure(key, reason, stack)
          if stack ~= '' then
            call('HSET', key, 'failedReason', reason, 'stacktrace', stack)
          end
        end

        local function delay(q, now, id, token, reason, stack, milliseconds, isFree)
          local key = q.prefix .. id
          if call('EXISTS', key) == 0 then
            return -1
          end
          local code = leaveActive(q, id, key, token)
          if code ~= 0 then
            return code
          end
          keepFailure(key, reason, stack)
          if not isFree then
            call('HINCRBY', key, 'atm', 1)
          end
          local due = now + milliseconds
          call('HSET', key, 'delay', milliseconds)
          call('ZADD', q.delayed, delayedScore(q, due), id)
          emit(q, 'delayed', 'jobId', id, 'delay', due)
          markDelayed(q)
          return 0
        end

        local function retry(q, now, id, token, reason, stack, side)
          local key = q.prefix .. id
          if call('EXISTS', key) == 0 then
            return -1
          end
          promoteDue(q, now)
          local code = leaveActive(q, id, key, token)
          if code ~= 0 then
            return code
          end
          keepFailure(key, reason, stack)
          local priority = tonumber(call('HGET', key, 'priority')) or 0
          if priority > 0 then
            addPrioritized(q, id, priority)
          else
            call(side, q.wait, id)
          end
          mark(q)
          call('HINCRBY', key, 'atm', 1)
          emit(q, 'waiting', 'jobId', id, 'prev', 'active')
          return 0
        end

        -- Back to the front, as if it had never been fetched.
        local function giveBack(q, id, token)
          local key = q.prefix .. id
          if call('EXISTS', key) == 0 then
            return -1
          end
          local code = leaveActive(q, id, key, token)
          if code ~= 0 then
            return code
          end
          local priority = tonumber(call('HGET', key, 'priority')) or 0
          if priority > 0 then
            call('ZADD', q.prioritized, priority * 4294967296, id)
          else
            call('RPUSH', q.wait, id)
          end
          mark(q)
          emit(q, 'waiting', 'jobId', id, 'prev', 'active')
          return 0
        end
        """#

    /// Getting jobs to run. Needs ``queue`` and ``transitions``.
    static let fetching = #"""
        -- Up to `count` jobs, each with its lock taken. Also: milliseconds until the rate limit ends, when the next delayed job is due,
        -- and whether the queue lets nothing start now.
        local function fetch(q, now, count, tokenPrefix, firstToken, lockDuration, workerName)
          promoteDue(q, now)
          local jobs = {}
          while #jobs < count do
            if q.max and (tonumber(call('GET', q.prefix .. 'limiter')) or 0) >= q.max then
              local ttl = call('PTTL', q.prefix .. 'limiter')
              if ttl > 0 then
                return jobs, ttl, 0, false
              elseif ttl == 0 then
                call('DEL', q.prefix .. 'limiter')
              end
            end
            if blocked(q) then
              return jobs, 0, 0, true
            end
            local id = call('RPOPLPUSH', q.wait, q.active)
            if not id then
              id = call('ZPOPMIN', q.prioritized)[1]
              if id then
                call('LPUSH', q.active, id)
              else
                call('DEL', q.prefix .. 'pc')
                local head = call('ZRANGE', q.delayed, 0, 0, 'WITHSCORES')
                return jobs, 0, head[2] and math.floor(tonumber(head[2]) / 4096) or 0, false
              end
            end
            local key = q.prefix .. id
            local fields = call('HGETALL', key)
            if #fields == 0 then
              -- The job was deleted behind the queue's back, or this is a marker of old versions.
              call('LREM', q.active, 1, id)
            else
              local started, isDoomed = 0, false
              for at = 1, #fields, 2 do
                if fields[at] == 'ats' then
                  started = tonumber(fields[at + 1]) or 0
                elseif fields[at] == 'defa' then
                  isDoomed = true
                end
              end
              if q.max and not isDoomed and call('INCR', q.prefix .. 'limiter') == 1 then
                call('PEXPIRE', q.prefix .. 'limiter', math.floor(math.abs(q.duration or 0)))
              end
              local token = string.format('%s:%.0f', tokenPrefix, firstToken + #jobs)
              call('SET', key .. ':lock', token, 'PX', lockDuration)
              emit(q, 'active', 'jobId', id, 'prev', 'waiting')
              if workerName ~= '' then
                call('HSET', key, 'processedOn', now, 'ats', started + 1, 'pb', workerName)
              else
                call('HSET', key, 'processedOn', now, 'ats', started + 1)
              end
              if #jobs == 0 then
                -- So that another idle worker looks whether there is more.
                call('ZADD', q.marker, 0, '0')
              end
              jobs[#jobs + 1] = { id, token, fields }
            end
          end
          return jobs, 0, 0, false
        end
        """#
}
