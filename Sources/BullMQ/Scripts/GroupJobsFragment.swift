extension Lua {
    /// Jobs that enter and leave groups without being fetched. Needs ``groups``.
    static let groupJobs = #"""
        local function groupOf(key)
          return call('HGET', key, 'sw:group')
        end

        -- A job becomes ready in its group. Not in any list that other clients read.
        local function enqueueInGroup(q, path, id, priority, side, isFront)
          q.grouped = true
          local leaf = loadNode(q, path)
          if leaf.h == id then
            leaf.hr = 1
          elseif priority > 0 then
            local score = priority * 4294967296
            if not isFront then
              score = score + call('INCR', q.prefix .. 'sw:pc') % 4294967296
            end
            call('ZADD', q.prefix .. 'sw:p:' .. path, score, id)
          else
            call(isFront and 'RPUSH' or side, q.prefix .. 'sw:w:' .. path, id)
          end
          leaf.ow = leaf.ow + 1
          addToCount(leaf, 'nw', 1)
          settle(leaf)
          markGroup(q, firstLevel(leaf).na == 0)
        end

        local function delayInGroup(q, path, id, due)
          q.grouped = true
          call('ZADD', q.prefix .. 'sw:d', delayedScore(q, due, q.prefix .. 'sw:d'), path .. '|' .. id)
          addToCount(loadNode(q, path), 'nd', 1)
          markGroupsDue(q, q.now and tonumber(q.now))
        end

        -- Ends the hold of a job on an ordered leaf.
        local function endHold(q, path, id)
          local leaf = loadNode(q, path)
          if leaf.h == id then
            leaf.h, leaf.hr = nil, 0
            settle(leaf)
          end
        end

        -- A job leaves `active`: its places in its group and above are free. Answers its path.
        local function releaseFromGroup(q, id)
          if not q.grouped then
            return nil
          end
          local path = q.heldPaths and q.heldPaths[id]
          if path == nil then
            path = call('HGET', q.prefix .. 'sw:a', id)
          end
          if not path then
            return nil
          end
          if q.heldPaths then
            q.heldPaths[id] = false
          end
          call('HDEL', q.prefix .. 'sw:a', id)
          local leaf = loadNode(q, path)
          leaf.oa = math.max(0, leaf.oa - 1)
          addToCount(leaf, 'na', -1)
          settle(leaf)
          q.isFreed = true
          return path
        end

        local function leaveDelayed(q, path, id)
          if call('ZREM', q.prefix .. 'sw:d', path .. '|' .. id) == 0 then
            return false
          end
          addToCount(loadNode(q, path), 'nd', -1)
          return true
        end

        -- Takes a job out of the ready ones of its group.
        local function leaveReady(q, path, id)
          local leaf = loadNode(q, path)
          if leaf.h == id and leaf.hr == 1 then
            leaf.hr = 0
          elseif call('ZREM', q.prefix .. 'sw:p:' .. path, id) == 0 and call('LREM', q.prefix .. 'sw:w:' .. path, -1, id) == 0 then
            return false
          end
          leaf.ow = math.max(0, leaf.ow - 1)
          addToCount(leaf, 'nw', -1)
          settle(leaf)
          return true
        end

        -- Takes a job that is to be removed out of its group. Answers the state it was in, or nil.
        local function leaveGroup(q, id, key)
          if not q.grouped then
            return nil
          end
          local job = call('HMGET', key, 'sw:group', 'finishedOn')
          local path = job[1]
          if not path or job[2] then
            return nil
          end
          local state = leaveDelayed(q, path, id) and 'delayed' or leaveReady(q, path, id) and 'wait' or nil
          releaseFromGroup(q, id)
          endHold(q, path, id)
          return state
        end
        """#

    /// Ways of becoming ready that know of groups. Needs ``groupJobs``.
    static let readying = #"""
        -- Where a ready job goes; `side` counts without a priority: LPUSH is the end of the queue, RPUSH its front.
        -- All ways of becoming ready end here or in `enqueueFront`, and `takeReady` and `takeFair` are the only ways out.
        local function enqueue(q, id, priority, side, path)
          if path then
            enqueueInGroup(q, path, id, priority, side)
          elseif priority > 0 then
            addPrioritized(q, id, priority)
          else
            call(side, q.wait, id)
          end
        end

        -- In front of its equals.
        local function enqueueFront(q, id, priority, path)
          if path then
            enqueueInGroup(q, path, id, priority, 'RPUSH', true)
          elseif priority > 0 then
            call('ZADD', q.prioritized, priority * 4294967296, id)
          else
            call('RPUSH', q.wait, id)
          end
        end

        -- A job becomes ready, and a worker is told.
        local function makeReady(q, id, key, side, isFront)
          local job = call('HMGET', key, 'priority', 'sw:group')
          local priority, path = tonumber(job[1]) or 0, job[2]
          if isFront then
            enqueueFront(q, id, priority, path)
          else
            enqueue(q, id, priority, side, path)
          end
          if not path then
            mark(q)
          end
        end

        -- A job waits until it is due, and waiting workers are told.
        local function makeDelayed(q, id, due, path)
          if path then
            delayInGroup(q, path, id, due)
          else
            call('ZADD', q.delayed, delayedScore(q, due), id)
            markDelayed(q)
          end
        end
        """#
}
