extension Lua {
    /// The tree of groups: what is known of a node, and where it stands in the rings of its parent. Needs ``basics``.
    ///
    /// A node is read once a script and written once, at its end, by `flushGroups`. Its path is `""` for the root, whose own jobs are those
    /// without a group. The names of keys and fields are explained in the DocC page "What we add to a queue's keys".
    static let groups = #"""
        local nodes = {}

        local function loadNode(q, path)
          local key = q.prefix .. 'sw:n:' .. path
          local node = nodes[key]
          if node then
            return node
          end
          node = { queue = q, path = path, key = key, weight = 1 }
          local fields = call('HGETALL', key)
          local state
          for at = 1, #fields, 2 do
            local name, value = fields[at], fields[at + 1]
            if name == 'st' then
              state = value
            elseif name == 'h' then
              node.h, node.oldHolder = value, value
            else
              node[name] = tonumber(value)
            end
          end
          node.exists, node.oldState = #fields > 0, state
          if state then
            -- The order of these is stored.
            node.nw, node.na, node.nd, node.ow, node.oa, node.k, node.ki, node.kr, node.ko, node.W, node.v, node.f, node.fo, node.s,
              node.ring, node.ww, node.hr, node.ru, node.re, node.sb, node.sc, node.sp, node.vt = cmsgpack.unpack(state)
          else
            node.nw, node.na, node.nd, node.ow, node.oa, node.k, node.ki, node.kr, node.ko, node.W, node.v, node.f, node.fo, node.s,
              node.ring, node.ww, node.hr, node.ru, node.re, node.sb, node.sc, node.sp, node.vt =
              0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0
          end
          if node.w then
            node.weight = node.w
          end
          nodes[key] = node
          return node
        end

        local function storedState(node)
          return cmsgpack.pack(
            node.nw, node.na, node.nd, node.ow, node.oa, node.k, node.ki, node.kr, node.ko, node.W, node.v, node.f, node.fo, node.s,
            node.ring, node.ww, node.hr, node.ru, node.re, node.sb, node.sc, node.sp, node.vt)
        end

        local function parentOf(node)
          local parent = node.parent
          if not parent then
            parent = loadNode(node.queue, string.match(node.path, '^(.*)/[^/]*$') or '')
            node.parent = parent
          end
          return parent
        end

        -- By the server's clock, since a rate must hold for workers whose clocks differ.
        local clock
        local function serverNow()
          if not clock then
            local time = call('TIME')
            clock = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
          end
          return clock
        end

        local function isOutOfRate(node)
          return node.rm and node.re > serverNow() and node.ru >= node.rm
        end

        -- Whether a node has a job of its own that could start.
        local function ownReady(node)
          if node.path == '' then
            return (node.queue.plain or 0) > 0
          elseif node.o then
            return node.hr == 1 or (not node.h and node.oa == 0 and node.ow > 0)
          end
          return node.ow > 0
        end

        local function hasWork(node)
          return node.ki + node.kr + node.ko > 0 or ownReady(node)
        end

        local function isRunnable(node)
          if node.p or (node.c and node.na >= node.c) or not hasWork(node) then
            return false
          elseif isOutOfRate(node) then
            call('ZADD', node.queue.prefix .. 'sw:due', string.format('%.0f', node.re), node.path)
            node.queue.isRateLimited = true
            return false
          end
          return true
        end

        -- The rings of a node, by their numbers in the state of its children: those that hold nothing (below the root they stand with the
        -- next) and those that hold their share at most, both by virtual start time; and those that held more than that when it was their
        -- turn, by what they hold for their weight.
        local ringKeys, ringCounts = { 'sw:i:', 'sw:r:', 'sw:o:' }, { 'ki', 'kr', 'ko' }

        -- Moves a node to the ring where it belongs now.
        local function place(node)
          local parent, was, ring = parentOf(node), node.ring, 0
          if isRunnable(node) then
            ring = node.na == 0 and (parent.path == '' and 1 or 2) or was == 3 and 3 or 2
          end
          if was ~= ring then
            if was ~= 0 then
              call('ZREM', node.queue.prefix .. ringKeys[was] .. parent.path, node.path)
              parent[ringCounts[was]] = parent[ringCounts[was]] - 1
            end
            node.ring = ring
            if ring == 0 then
              parent.W, node.ww = parent.W - node.ww, 0
              return
            end
            parent[ringCounts[ring]] = parent[ringCounts[ring]] + 1
          elseif ring == 0 then
            return
          end
          local before = node.s
          if was == 0 then
            node.s = math.max(parent.v, node.f)
            parent.W, node.ww = parent.W + node.weight, node.weight
          elseif was == 3 and ring ~= 3 then
            -- What it missed meanwhile it gets back, but not without end.
            node.s = math.max(node.s, parent.v - 8 / node.weight)
          else
            node.s = math.max(node.s, node.f)
          end
          if was ~= ring or ring == 3 or node.s ~= before then
            local score = ring == 3 and node.na / node.weight or node.s
            call('ZADD', node.queue.prefix .. ringKeys[ring] .. parent.path, string.format('%.17g', score), node.path)
          end
        end

        local function settle(node)
          while node.path ~= '' do
            place(node)
            node = parentOf(node)
          end
        end

        -- Adds to a count of a node and of all above it.
        local function addToCount(node, name, change)
          while true do
            node[name] = math.max(0, node[name] + change)
            if node.path == '' then
              return
            end
            node = parentOf(node)
          end
        end

        local function firstLevel(node)
          while parentOf(node).path ~= '' do
            node = parentOf(node)
          end
          return node
        end

        -- Wakes a worker of ours; one whose free slots are all its reserve waits for `sw:mi` alone.
        local function markGroup(q, isIdle)
          if not blocked(q) then
            call('ZADD', q.prefix .. (isIdle and 'sw:mi' or 'sw:m'), '0', '0')
          end
        end

        -- The first time at which a delayed job of a group is due or the rate window of a group ends, by the worker's clock.
        local function nextOfGroups(q, now)
          local nextTime
          local head = call('ZRANGE', q.prefix .. 'sw:d', '0', '0', 'WITHSCORES')
          if head[2] then
            nextTime = math.floor(tonumber(head[2]) / 4096)
          end
          head = call('ZRANGE', q.prefix .. 'sw:due', '0', '0', 'WITHSCORES')
          if head[2] then
            local due = tonumber(head[2]) - serverNow() + (now or serverNow())
            nextTime = math.min(nextTime or due, due)
          end
          return nextTime
        end

        local function markGroupsDue(q, now)
          local due = nextOfGroups(q, now)
          if due then
            call('ZADD', q.prefix .. 'sw:mi', string.format('%.0f', due), '1')
          end
        end

        -- Writes what changed, removes nodes that neither hold a job nor have settings. From the leaves to the root.
        local function flushNode(node)
          local wanted = node.nw > 0 or node.na > 0 or node.nd > 0 or node.k > 0 or node.h or node.keep
          local q = node.queue
          if node.path == '' then
            wanted = node.k > 0
            if wanted and not node.exists then
              call('HSET', q.prefix .. 'meta', 'sw:groups', '1')
            elseif not wanted and node.exists then
              call('HDEL', q.prefix .. 'meta', 'sw:groups')
              call('DEL', node.key, q.prefix .. 'sw:m', q.prefix .. 'sw:mi')
            end
          elseif wanted and not node.exists then
            call('ZADD', q.prefix .. 'sw:groups', '0', node.path)
            parentOf(node).k = parentOf(node).k + 1
          elseif not wanted and node.exists then
            call('DEL', node.key)
            call('ZREM', q.prefix .. 'sw:groups', node.path)
            call('ZREM', q.prefix .. 'sw:due', node.path)
            parentOf(node).k = parentOf(node).k - 1
          end
          if not wanted then
            return
          end
          local state = storedState(node)
          if state ~= node.oldState then
            call('HSET', node.key, 'st', state)
          end
          if node.h ~= node.oldHolder then
            if node.h then
              call('HSET', node.key, 'h', node.h)
            else
              call('HDEL', node.key, 'h')
            end
          end
          if node.becomesOrdered then
            call('HSET', node.key, 'o', '1')
          end
        end

        flushGroups = function()
          local all, queues = {}, {}
          for _, node in pairs(nodes) do
            all[#all + 1] = node
          end
          local levels = { {}, {}, {}, {} }
          for _, node in ipairs(all) do
            local _, slashes = string.gsub(node.path, '/', '')
            local level = levels[node.path == '' and 1 or slashes + 2]
            level[#level + 1] = node
            queues[node.queue.prefix] = node.queue
          end
          for level = 4, 2, -1 do
            for _, node in ipairs(levels[level]) do
              flushNode(node)
            end
          end
          for _, q in pairs(queues) do
            flushNode(loadNode(q, ''))
            if q.isRateLimited then
              markGroupsDue(q)
            end
          end
        end
        """#
}
