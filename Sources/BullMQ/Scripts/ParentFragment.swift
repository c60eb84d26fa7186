extension Lua {
    /// What a child's end means for its parent, and which deduplication ids it frees. Needs ``queue`` and ``transitions``.
    static let relations = #"""
        local function splitKey(key)
          return string.match(key, '^(.*:)([^:]*)$')
        end

        -- A parent that waits for nothing more goes to the front, or to where its own delay or priority puts it.
        local function enqueueParent(parent, id, key, now)
          local options = call('HMGET', key, 'delay', 'priority')
          local delay, priority = tonumber(options[1]) or 0, tonumber(options[2]) or 0
          if delay > 0 then
            call('ZADD', parent.delayed, (now + delay) * 4096, id)
            emit(parent, 'delayed', 'jobId', id, 'delay', now + delay)
            markDelayed(parent)
            return
          end
          if priority > 0 then
            addPrioritized(parent, id, priority)
          else
            call('RPUSH', parent.wait, id)
          end
          mark(parent)
          emit(parent, 'waiting', 'jobId', id, 'prev', 'waiting-children')
        end

        local function releaseParent(key, now)
          local prefix, id = splitKey(key)
          if call('EXISTS', key) == 1 and call('ZREM', prefix .. 'waiting-children', id) == 1 then
            enqueueParent(openQueue(prefix), id, key, now)
          end
        end

        -- A child failed that takes its parent with it: the next worker that picks the parent fails it with this text.
        local function failParent(key, child, now)
          call('ZADD', key .. ':unsuccessful', now, child)
          if call('EXISTS', key) == 0 then
            return
          end
          local prefix, id = splitKey(key)
          local isWaiting = call('ZREM', prefix .. 'waiting-children', id) == 1
          local isDelayed = not isWaiting and call('ZREM', prefix .. 'delayed', id) == 1
          if isDelayed then
            call('HSET', key, 'delay', 0)
          end
          if isWaiting or isDelayed then
            call('HSET', key, 'defa', 'child ' .. child .. ' failed')
            enqueueParent(openQueue(prefix), id, key, now)
          elseif not call('ZSCORE', prefix .. 'failed', id) then
            call('HSET', key, 'defa', 'child ' .. child .. ' failed')
          end
        end

        -- Tells the parent that a child has finished. `link` is the child's `parent` field.
        local function settleParent(child, parentKey, link, isCompleted, value, now)
          local pending = parentKey .. ':dependencies'
          if isCompleted then
            if call('SREM', pending, child) == 1 then
              call('HSET', parentKey .. ':processed', child, value)
              if call('SCARD', pending) == 0 then
                releaseParent(parentKey, now)
              end
            end
            return
          end
          local flags = link and cjson.decode(link) or {}
          -- Without a flag the parent goes on waiting, until somebody retries or removes the child.
          if not (flags.fpof or flags.cpof or flags.idof or flags.rdof) or call('SREM', pending, child) == 0 then
            return
          end
          if flags.fpof then
            failParent(parentKey, child, now)
            return
          end
          if flags.cpof or flags.idof then
            call('HSET', parentKey .. ':failed', child, value)
          end
          if flags.cpof or call('SCARD', pending) == 0 then
            releaseParent(parentKey, now)
          end
        end

        -- A child disappears: its parent stops waiting for it.
        local function unlinkChild(child, parentKey)
          if not parentKey or parentKey == '' or call('SREM', parentKey .. ':dependencies', child) == 0 then
            return
          end
          local prefix, id = splitKey(parentKey)
          if call('SCARD', parentKey .. ':dependencies') == 0 and call('ZREM', prefix .. 'waiting-children', id) == 1 then
            local parent = openQueue(prefix)
            call('RPUSH', parent.wait, id)
            mark(parent)
            emit(parent, 'waiting', 'jobId', id, 'prev', 'waiting-children')
          end
        end

        -- A finished job frees its deduplication id. If another job with that id was to follow it, that one starts here.
        local function releaseDeduplication(q, id, deduplicationId, now)
          local owner = q.prefix .. 'de:' .. deduplicationId
          local ttl = call('PTTL', owner)
          if ttl == 0 or (ttl == -1 and call('GET', owner) == id) then
            call('DEL', owner)
          end
          local stored = call('HGETALL', q.prefix .. 'dn:' .. deduplicationId)
          if #stored == 0 then
            return
          end
          call('DEL', q.prefix .. 'dn:' .. deduplicationId)
          local job = {}
          for at = 1, #stored, 2 do
            job[stored[at]] = stored[at + 1]
          end
          local counter = string.format('%.0f', call('INCR', q.prefix .. 'id'))
          local nextId = job.jid or counter
          local key = q.prefix .. nextId
          local options = cjson.decode(job.opts or '{}')
          local delay, priority = tonumber(options.delay) or 0, tonumber(options.priority) or 0
          call('SET', owner, nextId)
          call('HSET', key, 'name', job.name or '', 'data', job.data or '{}', 'opts', job.opts or '{}', 'timestamp', now,
            'delay', delay, 'priority', priority, 'deid', deduplicationId)
          if job.pk then
            call('HSET', key, 'parentKey', job.pk, 'parent', job.pd or '{}')
          end
          if job.rjk then
            call('HSET', key, 'rjk', job.rjk)
          end
          emit(q, 'added', 'jobId', nextId, 'name', job.name or '')
          if delay > 0 then
            call('ZADD', q.delayed, delayedScore(q, now + delay), nextId)
            emit(q, 'delayed', 'jobId', nextId, 'delay', now + delay)
            markDelayed(q)
          else
            if priority > 0 then
              addPrioritized(q, nextId, priority)
            else
              call(options.lifo and 'RPUSH' or 'LPUSH', q.wait, nextId)
            end
            mark(q)
            emit(q, 'waiting', 'jobId', nextId)
          end
          if job.pdk then
            call('SADD', job.pdk, key)
          end
        end

        -- A job that is removed rather than finished takes both keys of its deduplication id with it.
        local function dropDeduplication(q, id, deduplicationId)
          local owner = q.prefix .. 'de:' .. deduplicationId
          if call('GET', owner) == id then
            call('DEL', owner, q.prefix .. 'dn:' .. deduplicationId)
          end
        end
        """#
}
