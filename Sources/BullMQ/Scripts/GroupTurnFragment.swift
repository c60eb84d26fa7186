extension Lua {
    /// Fair turns. Needs ``groupJobs``.
    static let fairTurns = #"""
        -- Whose turn it is below a node: a child, or `own` for the node's own jobs, and its virtual start time. With `onlyIdle` those alone
        -- that hold nothing.
        local function choose(node, onlyIdle)
          local q, path = node.queue, node.path
          local isOwn = ownReady(node)
          if node.W == 0 and node.ki + node.kr + node.ko == 0 then
            if isOwn and not (onlyIdle and node.oa > 0) then
              return 'own', math.max(node.v, node.fo)
            end
            return nil
          end
          -- What runs once this turn has filled its slots.
          local total = (path == '' and q.running or node.na) + q.left
          -- What a group may hold for each unit of its weight, while others wait.
          local share = total / (node.W + (isOwn and 1 or 0))
          local best, tag
          if isOwn and (onlyIdle and node.oa == 0 or not onlyIdle and node.oa <= share) then
            best, tag = 'own', math.max(node.v, node.fo)
          end
          if node.ki > 0 then
            local head = call('ZRANGE', q.prefix .. 'sw:i:' .. path, '0', '0', 'WITHSCORES')
            local score = tonumber(head[2])
            if score and (not tag or score < tag) then
              best, tag = loadNode(q, head[1]), score
            end
          end
          if onlyIdle then
            return best, tag
          end
          while node.ko > 0 do
            local head = call('ZRANGE', q.prefix .. 'sw:o:' .. path, '0', '0', 'WITHSCORES')
            if not head[2] or tonumber(head[2]) > share then
              break
            end
            local child = loadNode(q, head[1])
            child.ring = 2
            child.s = math.max(child.s, node.v - 8 / child.weight)
            node.ko, node.kr = node.ko - 1, node.kr + 1
            call('ZREM', q.prefix .. 'sw:o:' .. path, child.path)
            call('ZADD', q.prefix .. 'sw:r:' .. path, string.format('%.17g', child.s), child.path)
          end
          while node.kr > 0 do
            local head = call('ZRANGE', q.prefix .. 'sw:r:' .. path, '0', '0', 'WITHSCORES')
            local score = tonumber(head[2])
            if not score or (tag and score >= tag) then
              break
            end
            local child = loadNode(q, head[1])
            if child.na / child.weight <= share then
              return child, score
            end
            child.ring = 3
            node.kr, node.ko = node.kr - 1, node.ko + 1
            call('ZREM', q.prefix .. 'sw:r:' .. path, child.path)
            call('ZADD', q.prefix .. 'sw:o:' .. path, string.format('%.17g', child.na / child.weight), child.path)
          end
          return best, tag
        end

        local function popOwn(q, leaf)
          if leaf.hr == 1 then
            leaf.hr = 0
            return leaf.h
          end
          local id = call('RPOP', q.prefix .. 'sw:w:' .. leaf.path)
          return id or call('ZPOPMIN', q.prefix .. 'sw:p:' .. leaf.path)[1]
        end

        -- The counts that a start changes.
        local function countStart(q, leaf, now)
          leaf.ow, leaf.oa = math.max(0, leaf.ow - 1), leaf.oa + 1
          local elapsed = now - leaf.sb
          if elapsed >= 10000 then
            leaf.sp, leaf.sb, leaf.sc = elapsed < 20000 and leaf.sc or 0, now, 0
          end
          leaf.sc = leaf.sc + 1
          local node = leaf
          while true do
            node.nw, node.na = math.max(0, node.nw - 1), node.na + 1
            if node.rm then
              if node.re <= serverNow() then
                node.re, node.ru = serverNow() + node.rd, 0
              end
              node.ru = node.ru + 1
            end
            if node.path == '' then
              return
            end
            node = parentOf(node)
          end
        end

        -- Groups whose rate window has ended come back.
        local function freeDue(q)
          local due = call('ZRANGEBYSCORE', q.prefix .. 'sw:due', '-inf', serverNow(), 'LIMIT', 0, 1000)
          for _, path in ipairs(due) do
            call('ZREM', q.prefix .. 'sw:due', path)
            settle(loadNode(q, path))
          end
        end

        -- Whether a group that asks for a slot of the reserve has had its turns already, ahead of the others: the reserve is for newcomers, not
        -- a second share. While the others get no turns its lead does not count for long, twenty milliseconds a turn.
        local function isAhead(q, root, tag, now)
          local wait = (tag - root.v) * 20 - (serverNow() - root.vt)
          if wait <= 0 then
            return false
          end
          q.retryAt = now + math.ceil(wait)
          return true
        end

        -- Moves up to `wanted` jobs to `active`, each the next of the group whose turn it is; the last `reserve` of them only from groups of
        -- the first level that hold nothing. Also whether the reserve alone stood in the way.
        local function takeFair(q, now, wanted, reserve)
          local root, ids = loadNode(q, ''), {}
          q.takenPaths = q.takenPaths or {}
          root.oa = math.max(0, q.running - root.na)
          local isReserved, held = false, {}
          while #ids < wanted do
            local onlyIdle = #ids >= wanted - reserve
            q.left = math.max(1, wanted - reserve - #ids)
            local node, chosen = root, nil
            while true do
              local tag
              chosen, tag = choose(node, onlyIdle and node == root)
              if chosen and onlyIdle and node == root and isAhead(q, root, tag, now) then
                chosen = nil
              end
              if not chosen then
                break
              end
              if not (onlyIdle and node == root) then
                node.v = math.max(node.v, tag)
                if node == root then
                  root.vt = serverNow()
                end
              end
              if chosen == 'own' then
                node.fo = tag + 1
                break
              end
              chosen.f = tag + 1 / chosen.weight
              node = chosen
            end
            if not chosen then
              if node == root then
                isReserved = onlyIdle and hasWork(root)
                break
              end
              -- The counts of this node say more than there is: put right, and the others go on.
              node.ki, node.kr, node.ko = 0, 0, 0
              settle(node)
            else
              local id
              if node == root then
                id = call('RPOP', q.wait) or call('ZPOPMIN', q.prioritized)[1]
                q.plain = id and q.plain - 1 or 0
                if id then
                  root.oa = root.oa + 1
                end
              else
                id = popOwn(q, node)
                if id then
                  q.takenPaths[id] = node.path
                  if q.heldPaths then
                    q.heldPaths[id] = node.path
                  end
                  held[#held + 1] = id
                  held[#held + 1] = node.path
                  if node.o then
                    node.h = id
                  end
                  countStart(q, node, now)
                  settle(node)
                else
                  addToCount(node, 'nw', -node.ow)
                  node.ow = 0
                  settle(node)
                end
              end
              if id then
                ids[#ids + 1] = id
                q.running = q.running + 1
              end
            end
          end
          if #held > 0 then
            call('HSET', q.prefix .. 'sw:a', unpack(held))
          end
          if #ids > 0 then
            call('LPUSH', q.active, unpack(ids))
          end
          return ids, isReserved
        end
        """#
}
