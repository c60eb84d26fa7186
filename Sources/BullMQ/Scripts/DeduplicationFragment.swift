extension Lua {
    /// Jobs that stand in for one another. Needs ``queue`` and ``transitions``.
    ///
    /// `de:<id>` holds the id of the job that owns a deduplication id; `dn:<id>` the job that is to follow it.
    static let deduplication = #"""
        -- Keeps a job for later: the owner of its deduplication id runs, and the latest of those that came meanwhile follows it.
        local function keepForLater(q, owner, job, rules)
          local stored = q.prefix .. 'dn:' .. rules.id
          call('DEL', stored)
          call('HSET', stored, 'name', job.name, 'data', job.data, 'opts', job.opts, 'jid', job.id)
          if job.path then
            call('HSET', stored, 'sw:group', job.path)
          end
          if job.parentKey then
            call('HSET', stored, 'pk', job.parentKey, 'pd', job.parent, 'pdk', job.parentKey .. ':dependencies')
          end
          call('PERSIST', q.prefix .. 'de:' .. rules.id)
        end

        -- What adding `job` means for the job that owns its deduplication id. Answers the id of the one that stays instead of it, or nil:
        -- it is to be added, and owns the id from now on. `rules`: id, ttl (0: none), extend, replace, keep.
        local function deduplicate(q, job, rules)
          local key = q.prefix .. 'de:' .. rules.id
          local owner = call('GET', key)
          local function claim()
            if rules.ttl > 0 and not rules.keep then
              call('SET', key, job.id, 'PX', rules.ttl)
            else
              call('SET', key, job.id)
            end
          end
          local function tell(staying, dropped)
            emit(q, 'deduplicated', 'jobId', staying, 'deduplicationId', rules.id, 'deduplicatedJobId', dropped)
          end
          if not owner then
            claim()
            return nil
          end
          local ownerPath = rules.replace and q.grouped and groupOf(q.prefix .. owner)
          if rules.replace and (ownerPath and leaveDelayed(q, ownerPath, owner) or call('ZREM', q.delayed, owner) == 1) then
            if ownerPath then
              endHold(q, ownerPath, owner)
            end
            deleteKeys(q.prefix .. owner)
            emit(q, 'removed', 'jobId', owner, 'prev', 'delayed')
            tell(job.id, owner)
            call('DEL', q.prefix .. 'dn:' .. rules.id)
            if rules.keep then
              call('SET', key, job.id)
            elseif rules.ttl > 0 and not rules.extend then
              call('SET', key, job.id, 'KEEPTTL')
            else
              claim()
            end
            return nil
          end
          -- An owner that is gone, and no time-out to end its claim: the new job takes over.
          if call('PTTL', key) == -1 and call('EXISTS', q.prefix .. owner) == 0 then
            call('DEL', q.prefix .. 'dn:' .. rules.id)
            claim()
            return nil
          end
          if rules.keep and call('LPOS', q.active, owner) then
            keepForLater(q, owner, job, rules)
            tell(owner, job.id)
          elseif not rules.replace then
            if rules.ttl > 0 and rules.extend then
              call('SET', key, owner, 'PX', rules.ttl)
            end
            tell(owner, job.id)
          end
          return owner
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
          local path = job['sw:group']
          if path then
            call('HSET', key, 'sw:group', path)
          end
          if delay > 0 then
            makeDelayed(q, nextId, now + delay, path)
            emit(q, 'delayed', 'jobId', nextId, 'delay', now + delay)
          else
            makeReady(q, nextId, key, options.lifo and 'RPUSH' or 'LPUSH')
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

    /// Jobs that are thrown away. Needs ``parents`` and ``deduplication``.
    static let deletion = #"""
        -- As `unlinkChild`, for jobs deleted in bulk: a parent in the same queue that waited for nothing else goes with its last child.
        local function unlinkForGood(q, child, parentKey)
          if not parentKey or parentKey == '' or call('SREM', parentKey .. ':dependencies', child) == 0 then
            return
          end
          local prefix, id = splitKey(parentKey)
          if call('SCARD', parentKey .. ':dependencies') > 0 or call('ZREM', prefix .. 'waiting-children', id) == 0 then
            return
          end
          if prefix ~= q.prefix then
            local parent = openQueue(prefix)
            local path = groupOf(parentKey)
            if path then
              enqueueInGroup(parent, path, id, 0, 'RPUSH')
            else
              call('RPUSH', parent.wait, id)
              mark(parent)
            end
            return
          end
          local job = call('HMGET', parentKey, 'parentKey', 'deid')
          leaveGroup(q, id, parentKey)
          unlinkForGood(q, parentKey, job[1])
          if job[2] then
            dropDeduplication(q, id, job[2])
          end
          deleteKeys(parentKey)
        end

        -- Deletes a job that has been taken out of its state.
        local function deleteJob(q, id)
          local key = q.prefix .. id
          local job = call('HMGET', key, 'parentKey', 'deid')
          leaveGroup(q, id, key)
          unlinkForGood(q, key, job[1])
          if job[2] then
            dropDeduplication(q, id, job[2])
          end
          deleteKeys(key)
        end

        -- Whether a job is the one that its scheduler has made last, without which the scheduler would stop.
        local function isPendingIteration(q, id)
          if not q.hasSchedulers then
            -- Asked once a script.
            q.hasSchedulers = call('EXISTS', q.prefix .. 'repeat') == 1 and 'yes' or 'no'
          end
          if q.hasSchedulers == 'no' then
            return false
          end
          local scheduler = call('HGET', q.prefix .. id, 'rjk')
          local due = scheduler and call('ZSCORE', q.prefix .. 'repeat', scheduler)
          return due and string.format('repeat:%s:%.0f', scheduler, tonumber(due)) == id or false
        end
        """#
}
