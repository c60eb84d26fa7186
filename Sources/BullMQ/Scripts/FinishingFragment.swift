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
              callEach('ZREM', set, old)
            end
          end
          if count then
            local excess = call('ZREVRANGE', set, count, count + 999)
            if #excess > 0 then
              removeFinished(q, excess)
              callEach('ZREM', set, excess)
            end
          end
        end

        -- Jobs finished per minute, newest first, at most `size` of them; `done` counts those before this one.
        local function countFinished(q, target, now, size)
          local key = q.prefix .. 'metrics:' .. target
          local done = call('HINCRBY', key, 'count', 1) - 1
          local last = call('HMGET', key, 'prevTS', 'prevCount')
          if not last[1] then
            call('HSET', key, 'prevTS', now, 'prevCount', 0)
            return
          end
          local minutes = math.min(math.floor(now / 60000) - math.floor(tonumber(last[1]) / 60000), size)
          if minutes > 0 then
            local points = { done - (tonumber(last[2]) or 0) }
            for _ = 2, minutes do
              points[#points + 1] = 0
            end
            callEach('LPUSH', key .. ':data', points)
            call('LTRIM', key .. ':data', 0, size - 1)
            call('HSET', key, 'prevTS', now, 'prevCount', done)
          end
        end

        -- Neighbours in a turn that go to the same set under the same limits go in one command.
        local function flushFinished(q)
          local pending = q.pending
          if pending then
            q.pending = nil
            local set = q.prefix .. pending.target
            callEach('ZADD', set, pending.members)
            trim(q, set, pending.now, pending.count, pending.age, pending.limit)
          end
        end

        local function keepFinished(q, now, id, target, keepCount, keepAge, keepLimit)
          local pending = q.pending
          if not pending or pending.target ~= target or pending.count ~= keepCount or pending.age ~= keepAge
            or pending.limit ~= keepLimit then
            flushFinished(q)
            pending = { target = target, now = now, count = keepCount, age = keepAge, limit = keepLimit, members = {} }
            q.pending = pending
          end
          local members = pending.members
          members[#members + 1] = q.now
          members[#members + 1] = id
        end

        local function finish(q, now, id, token, target, value, stack, attempts, keepCount, keepAge, keepLimit, metricsSize)
          local key = q.prefix .. id
          local job = call('HMGET', key, 'name', 'atm', 'parentKey', 'parent', 'deid', 'sw:group')
          if not job[1] and call('EXISTS', key) == 0 then
            return -1
          end
          local isCompleted = target == 'completed'
          if isCompleted and not q.isChildless and call('EXISTS', key .. ':dependencies', key .. ':unsuccessful') > 0 then
            return call('SCARD', key .. ':dependencies') > 0 and -4 or -9
          end
          local code = leaveActive(q, id, key, token)
          if code ~= 0 then
            return code
          end
          if job[6] then
            endHold(q, job[6], id)
          end
          if job[5] then
            q.isChildless = false
            releaseDeduplication(q, id, job[5], now)
          end
          if job[3] then
            q.isChildless = false
            settleParent(key, job[3], job[4], isCompleted, value, now)
          end
          local made = (tonumber(job[2]) or 0) + 1
          if keepCount == 0 then
            if job[3] then
              unlinkChild(key, job[3])
            end
            deleteKeys(key)
          else
            if isCompleted then
              call('HSET', key, 'atm', text(made), 'returnvalue', value, 'finishedOn', q.now)
            else
              call('HSET', key, 'atm', text(made), 'failedReason', value, 'stacktrace', stack, 'finishedOn', q.now)
              call('HDEL', key, 'defa')
            end
            keepFinished(q, now, id, target, keepCount, keepAge, keepLimit)
          end
          if isCompleted then
            emit(q, 'completed', 'jobId', id, 'returnvalue', value, 'prev', 'active')
          else
            emit(q, 'failed', 'jobId', id, 'failedReason', value, 'prev', 'active')
            if made >= attempts then
              emit(q, 'retries-exhausted', 'jobId', id, 'attemptsMade', made)
            end
          end
          if metricsSize then
            countFinished(q, target, now, metricsSize)
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
          makeDelayed(q, id, due, groupOf(key))
          emit(q, 'delayed', 'jobId', id, 'delay', due)
          return 0
        end

        local function retry(q, now, id, token, reason, stack, side)
          local key = q.prefix .. id
          promoteDue(q, now)
          if call('EXISTS', key) == 0 then
            return -1
          end
          local code = leaveActive(q, id, key, token)
          if code ~= 0 then
            return code
          end
          keepFailure(key, reason, stack)
          -- In a group it keeps its place.
          makeReady(q, id, key, side, q.grouped and groupOf(key))
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
          makeReady(q, id, key, 'RPUSH', true)
          emit(q, 'waiting', 'jobId', id, 'prev', 'active')
          return 0
        end

        -- Until its children are done. If they are already, the job is to go on at once: where it is (code 1), or to the front.
        local function waitForChildren(q, now, id, token, elseStays)
          local key = q.prefix .. id
          if call('EXISTS', key) == 0 then
            return -1
          end
          if call('EXISTS', key .. ':unsuccessful') == 1 then
            return -9
          end
          if call('EXISTS', key .. ':dependencies') == 0 then
            return elseStays and 1 or giveBack(q, id, token)
          end
          local code = leaveActive(q, id, key, token)
          if code ~= 0 then
            return code
          end
          call('ZADD', q.prefix .. 'waiting-children', now, id)
          emit(q, 'waiting-children', 'jobId', id, 'prev', 'active')
          return 0
        end
        """#
}
