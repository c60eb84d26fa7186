import RedisClient

extension Lua {
    /// Taking a job out of whatever state it is in. Needs ``queue``.
    static let states = #"""
        local function leaveState(queue, id)
          local grouped = leaveGroup(queue, id, queue.prefix .. id)
          if grouped then
            return grouped
          end
          for _, state in ipairs({ 'completed', 'waiting-children', 'delayed', 'failed', 'prioritized' }) do
            if call('ZREM', queue.prefix .. state, id) == 1 then
              return state
            end
          end
          for _, state in ipairs({ 'wait', 'paused', 'active' }) do
            if call('LREM', queue.prefix .. state, 0, id) > 0 then
              return state
            end
          end
          return 'unknown'
        end
        """#
}

extension Scripts {
    /// Removes a job wherever it is.
    ///
    /// Arguments: id, "1" to remove its children too. Reply: 1 removed, 0 it or a child is locked by a worker, -8 it is the pending job of a scheduler.
    static let removeJob = RedisScript(
        grouped: Lua.queue + "\n" + Lua.transitions + "\n" + Lua.relations + "\n" + Lua.states + #"""

            local q = openQueue(KEYS[1] .. ':')
            local withChildren = ARGV[2] == '1'

            local function isLocked(key)
              if call('EXISTS', key .. ':lock') == 1 then
                return true
              end
              if withChildren then
                for _, child in ipairs(call('SMEMBERS', key .. ':dependencies')) do
                  if isLocked(child) then
                    return true
                  end
                end
              end
              return false
            end

            local function remove(queue, id)
              local key = queue.prefix .. id
              local job = call('HMGET', key, 'parentKey', 'deid')
              local exists = call('EXISTS', key) == 1
              local children = {}
              local function gather(list)
                for _, child in ipairs(list) do children[#children + 1] = child end
              end
              if withChildren then
                gather(call('HKEYS', key .. ':processed'))
                gather(call('HKEYS', key .. ':failed'))
                gather(call('ZRANGE', key .. ':unsuccessful', 0, -1))
                gather(call('SMEMBERS', key .. ':dependencies'))
              end
              -- Out of its state first, so that its last child does not make it ready on the way.
              local previous = leaveState(queue, id)
              unlinkChild(key, job[1])
              for _, child in ipairs(children) do
                local prefix, childId = splitKey(child)
                remove(prefix == queue.prefix and queue or openQueue(prefix), childId)
              end
              if job[2] then
                dropDeduplication(queue, id, job[2])
              end
              deleteKeys(key)
              if exists then
                emit(queue, 'removed', 'jobId', id, 'prev', previous)
              end
            end

            local id = ARGV[1]
            if isPendingIteration(q, id) then
              return -8
            end
            if isLocked(q.prefix .. id) then
              return 0
            end
            remove(q, id)
            return 1
            """#)

    /// Removes the children of a job that have not finished, and theirs, except those that run. Argument: id. Reply: how many.
    static let removeUnprocessedChildren = RedisScript(
        grouped: Lua.queue + "\n" + Lua.transitions + "\n" + Lua.relations + "\n" + Lua.states + #"""

            local function removeChildren(parent)
              local count = 0
              for _, child in ipairs(call('SMEMBERS', parent .. ':dependencies')) do
                local prefix, id = splitKey(child)
                if call('EXISTS', child .. ':lock') == 0 and not call('ZSCORE', prefix .. 'failed', id) then
                  unlinkChild(child, parent)
                  count = count + 1 + removeChildren(child)
                  local queue = openQueue(prefix)
                  local deduplicationId = call('HGET', child, 'deid')
                  local previous = leaveState(queue, id)
                  if deduplicationId then
                    dropDeduplication(queue, id, deduplicationId)
                  end
                  deleteKeys(child)
                  emit(queue, 'removed', 'jobId', id, 'prev', previous)
                end
              end
              return count
            end
            return removeChildren(KEYS[1] .. ':' .. ARGV[1])
            """#)

    /// Makes a child independent of its parent. Argument: id of the child. Reply: 1 done, 0 it has no parent that waits for it, -1 it is
    /// gone, -5 the parent is.
    static let removeChildDependency = RedisScript(
        grouped: Lua.queue + "\n" + Lua.transitions + "\n" + Lua.relations + #"""

            local key = KEYS[1] .. ':' .. ARGV[1]
            if call('EXISTS', key) == 0 then
              return -1
            end
            local parent = call('HGET', key, 'parentKey')
            if not parent or call('SISMEMBER', parent .. ':dependencies', key) == 0 then
              return 0
            end
            if call('EXISTS', parent) == 0 then
              return -5
            end
            unlinkChild(key, parent)
            call('HDEL', key, 'parentKey', 'parent')
            return 1
            """#)
}
