extension Lua {
    /// What a job's end means for its parent, and which deduplication ids it frees. Needs ``queue`` and ``transitions``.
    static let relations = parents + "\n" + deduplication + "\n" + deletion

    /// Children and their parents. Needs ``queue`` and ``transitions``.
    static let parents = #"""
        local function splitKey(key)
          return string.match(key, '^(.*:)([^:]*)$')
        end

        -- A parent that waits for nothing more goes to the front, or to where its own delay or priority puts it.
        local function enqueueParent(parent, id, key, now)
          local options = call('HMGET', key, 'delay', 'priority')
          local delay, priority = tonumber(options[1]) or 0, tonumber(options[2]) or 0
          if delay > 0 then
            local path = groupOf(key)
            if path then
              delayInGroup(parent, path, id, now + delay)
              emit(parent, 'delayed', 'jobId', id, 'delay', now + delay)
              return
            end
            call('ZADD', parent.delayed, (now + delay) * 4096, id)
            emit(parent, 'delayed', 'jobId', id, 'delay', now + delay)
            markDelayed(parent)
            return
          end
          makeReady(parent, id, key, 'RPUSH')
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
          if not isWaiting and not isDelayed then
            local q, path = openQueue(prefix), groupOf(key)
            isDelayed = path and leaveDelayed(q, path, id)
          end
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
            local path = groupOf(parentKey)
            if path then
              enqueueInGroup(parent, path, id, 0, 'RPUSH')
            else
              call('RPUSH', parent.wait, id)
              mark(parent)
            end
            emit(parent, 'waiting', 'jobId', id, 'prev', 'waiting-children')
          end
        end
        """#
}
