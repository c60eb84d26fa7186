import RedisClient

extension Scripts {
    /// Changes the settings of a group, which exists from then on while it has one.
    ///
    /// Arguments: path, then pairs of a field (`w` weight, `c` concurrency, `rm` and `rd` rate, `o` ordered, `p` paused) and its value, "" for
    /// none.
    static let setGroup = RedisScript(
        grouped: Lua.queue + #"""

            local q = openQueue(KEYS[1] .. ':')
            q.grouped = true
            local node = loadNode(q, ARGV[1])
            for at = 2, #ARGV, 2 do
              local name, value = ARGV[at], ARGV[at + 1]
              if value == '' then
                node[name] = nil
                call('HDEL', node.key, name)
              else
                node[name] = tonumber(value)
                call('HSET', node.key, name, value)
              end
            end
            node.keep = (node.w or node.c or node.rm or node.o or node.p) and 1 or nil
            if node.keep then
              call('HSET', node.key, 'keep', '1')
            else
              call('HDEL', node.key, 'keep')
            end
            if not node.rm then
              node.ru, node.re = 0, 0
            end
            call('ZREM', q.prefix .. 'sw:due', node.path)
            node.weight = node.w or 1
            if node.ring ~= 0 then
              parentOf(node).W = parentOf(node).W + node.weight - node.ww
              node.ww = node.weight
            end
            settle(node)
            if node.ring ~= 0 then
              markGroup(q, firstLevel(node).na == 0)
            end
            return 0
            """#)

    /// Groups in the order of their paths, those above before those below.
    ///
    /// Arguments: path after which they begin or "", how many, "1" for the group of exactly that path. Reply: for each its path, its fields,
    /// the time at which the oldest of its ready jobs was added or "", among the first hundred groups below it, and the server's time.
    static let groups = RedisScript(
        #"""
        local call = redis.call
        local prefix = KEYS[1] .. ':'

        local function oldestOwn(path)
          local id = call('LINDEX', prefix .. 'sw:w:' .. path, -1) or call('ZRANGE', prefix .. 'sw:p:' .. path, 0, 0)[1]
          local node = call('HMGET', prefix .. 'sw:n:' .. path, 'h', 'st')
          if node[1] and select(17, cmsgpack.unpack(node[2])) == 1 then
            id = node[1]
          end
          return id and tonumber(call('HGET', prefix .. id, 'timestamp'))
        end

        local function oldest(path)
          local found = oldestOwn(path)
          for _, below in ipairs(call('ZRANGEBYLEX', prefix .. 'sw:groups', '(' .. path .. '/', '(' .. path .. '0', 'LIMIT', 0, 100)) do
            local time = oldestOwn(below)
            if time and (not found or time < found) then
              found = time
            end
          end
          return found and string.format('%.0f', found) or ''
        end

        local paths
        if ARGV[3] == '1' then
          paths = call('EXISTS', prefix .. 'sw:n:' .. ARGV[1]) == 1 and { ARGV[1] } or {}
        else
          paths = call('ZRANGEBYLEX', prefix .. 'sw:groups', ARGV[1] == '' and '-' or '(' .. ARGV[1], '+', 'LIMIT', 0, ARGV[2])
        end
        local time = call('TIME')
        local now = string.format('%.0f', tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000))
        local reply = {}
        for _, path in ipairs(paths) do
          reply[#reply + 1] = path
          local fields = call('HGETALL', prefix .. 'sw:n:' .. path)
          for at = 1, #fields, 2 do
            if fields[at] == 'st' then
              local nw, na, nd, _, _, k = cmsgpack.unpack(fields[at + 1])
              local ru, re = select(18, cmsgpack.unpack(fields[at + 1]))
              for name, value in pairs({ nw = nw, na = na, nd = nd, k = k, ru = ru, re = re }) do
                fields[#fields + 1] = name
                fields[#fields + 1] = string.format('%.0f', value)
              end
              break
            end
          end
          reply[#reply + 1] = fields
          reply[#reply + 1] = oldest(path)
          reply[#reply + 1] = now
        end
        return reply
        """#)

    /// Deletes up to a thousand ready jobs of a group and of those below it.
    ///
    /// Arguments: path, "" for all; where to go on, "" at the beginning; "1" for delayed jobs too. Reply: how many were deleted, and where to go on,
    /// "" at the end.
    static let drainGroup = RedisScript(
        grouped: Lua.queue + "\n" + Lua.transitions + "\n" + Lua.relations + "\n" + Lua.fairTurns + #"""

            local q = openQueue(KEYS[1] .. ':')
            if not q.grouped then
              return { 0, '' }
            end
            local path, cursor, deleted = ARGV[1], ARGV[2], 0
            local function isBelow(other)
              return path == '' or other == path or string.sub(other, 1, #path + 1) == path .. '/'
            end

            if string.sub(cursor, 1, 1) ~= '|' then
              local from = cursor ~= '' and '[' .. cursor or path ~= '' and '[' .. path or '-'
              local page = call('ZRANGEBYLEX', q.prefix .. 'sw:groups', from, path ~= '' and '(' .. path .. '0' or '+', 'LIMIT', 0, 101)
              for number, other in ipairs(page) do
                if number == 101 or deleted >= 1000 then
                  return { deleted, other }
                end
                if isBelow(other) then
                  local leaf = loadNode(q, other)
                  while leaf.ow > 0 do
                    if deleted >= 1000 then
                      settle(leaf)
                      return { deleted, other }
                    end
                    local id = popOwn(q, leaf)
                    if not id then
                      addToCount(leaf, 'nw', -leaf.ow)
                      leaf.ow = 0
                      break
                    end
                    leaf.ow = leaf.ow - 1
                    addToCount(leaf, 'nw', -1)
                    deleteJob(q, id)
                    deleted = deleted + 1
                  end
                  settle(leaf)
                end
              end
              cursor = '|0'
            end
            if ARGV[3] ~= '1' then
              return { deleted, '' }
            end
            local kept = tonumber(string.sub(cursor, 2))
            local members = call('ZRANGE', q.prefix .. 'sw:d', kept, kept + 999)
            for _, member in ipairs(members) do
              local other, id = string.match(member, '^([^|]*)|(.*)$')
              if isBelow(other) then
                leaveDelayed(q, other, id)
                endHold(q, other, id)
                deleteJob(q, id)
                deleted = deleted + 1
              else
                kept = kept + 1
              end
            end
            return { deleted, #members == 1000 and '|' .. string.format('%d', kept) or '' }
            """#)
}
