import RedisClient

extension Scripts {
    /// Why a job does not run. Arguments: id, now. Reply: a word, and what belongs to it; see ``JobExplanation/init(reply:)``.
    static let explain = RedisScript(
        grouped: Lua.queue + #"""

            local id, now, prefix = ARGV[1], tonumber(ARGV[2]), KEYS[1] .. ':'
            local key = prefix .. id
            local job = call('HMGET', key, 'priority', 'sw:group', 'processedOn', 'pb', 'finishedOn')
            if call('EXISTS', key) == 0 then
              return { 'missing' }
            end
            local function time(milliseconds)
              return string.format('%.0f', milliseconds)
            end
            for _, state in ipairs({ 'completed', 'failed' }) do
              local finished = call('ZSCORE', prefix .. state, id)
              if finished then
                return { 'finished', state, time(tonumber(finished)) }
              end
            end
            local active = prefix .. 'active'
            if call('LPOS', active, id) then
              return { 'active', job[3] or '', job[4] or '', call('GET', key .. ':lock') or '' }
            end
            local path = job[2]
            local due = call('ZSCORE', prefix .. 'delayed', id) or path and call('ZSCORE', prefix .. 'sw:d', path .. '|' .. id)
            if due then
              return { 'delayed', time(math.floor(tonumber(due) / 4096)) }
            end
            if call('ZSCORE', prefix .. 'waiting-children', id) then
              local reply = { 'children', tostring(call('SCARD', key .. ':dependencies')) }
              for _, child in ipairs(call('SRANDMEMBER', key .. ':dependencies', 20)) do
                reply[#reply + 1] = child
              end
              return reply
            end

            -- Ready: where in its group, and of how many kinds before it.
            local q = openQueue(prefix)
            local root = loadNode(q, '')
            local leaf = path and loadNode(q, path)
            local list, set = q.wait, q.prioritized
            if leaf then
              list, set = prefix .. 'sw:w:' .. path, prefix .. 'sw:p:' .. path
            end
            local isHolder = leaf and leaf.h == id and leaf.hr == 1
            local place = call('LPOS', list, id, 'RANK', -1)
            local position
            if isHolder then
              position = 0
            elseif place then
              position = call('LLEN', list) - 1 - place
            else
              local rank = call('ZRANK', set, id)
              if rank then
                position = call('LLEN', list) + rank
              elseif not leaf and call('LPOS', prefix .. 'paused', id) then
                return { 'queue paused' }
              else
                -- Of a group, but put into the list of all by another client.
                place = leaf and call('LPOS', q.wait, id, 'RANK', -1)
                if not place then
                  return { 'unknown' }
                end
                leaf, position = nil, call('LLEN', q.wait) - 1 - place
              end
            end
            if leaf and leaf.hr == 1 and not isHolder then
              position = position + 1
            end

            if q.paused then
              return { 'queue paused' }
            end
            local limiter = prefix .. 'limiter'
            local used, ttl = tonumber(call('GET', limiter)) or 0, call('PTTL', limiter)
            if ttl > 0 and used >= (q.max or 9007199254740991) then
              return { 'rate limited', time(now + ttl) }
            end
            local running = call('LLEN', active)
            if q.concurrency and running >= q.concurrency then
              return { 'queue full', tostring(running), tostring(q.concurrency) }
            end
            local chain = {}
            local node = leaf
            while node and node.path ~= '' do
              table.insert(chain, 1, node)
              node = parentOf(node)
            end
            for _, above in ipairs(chain) do
              if above.p then
                return { 'group paused', above.path }
              end
            end
            if leaf and leaf.o and not isHolder and (leaf.h or leaf.oa > 0) then
              local holder = leaf.h
              return { 'order', leaf.path, holder or '' }
            end
            for _, above in ipairs(chain) do
              if above.c and above.na >= above.c then
                local reply = { 'group full', above.path, tostring(above.na), tostring(above.c) }
                local held = call('HGETALL', prefix .. 'sw:a')
                for at = 1, #held, 2 do
                  if #reply < 24 and (held[at + 1] == above.path or string.sub(held[at + 1], 1, #above.path + 1) == above.path .. '/') then
                    reply[#reply + 1] = held[at]
                  end
                end
                return reply
              end
              if isOutOfRate(above) then
                return { 'rate limited', time(above.re - serverNow() + now), above.path }
              end
            end

            -- Its turn: the groups before its own, level by level, and how many of its group started lately.
            local before = 0
            local function countBefore(parent, tag)
              before = before + call('ZCOUNT', prefix .. 'sw:i:' .. parent.path, '-inf', tag)
                + call('ZCOUNT', prefix .. 'sw:r:' .. parent.path, '-inf', tag)
            end
            if q.grouped then
              if #chain == 0 then
                countBefore(root, '(' .. string.format('%.17g', math.max(root.v, root.fo)))
              end
              for _, above in ipairs(chain) do
                local parent = parentOf(above)
                if above.ring == 3 then
                  countBefore(parent, '+inf')
                elseif above.ring ~= 0 then
                  countBefore(parent, '(' .. string.format('%.17g', above.s))
                end
              end
            end
            local speed = ''
            if leaf then
              local elapsed = now - leaf.sb
              if elapsed < 20000 and elapsed > 0 then
                local started, over = leaf.sc, elapsed
                if leaf.sp > 0 then
                  started, over = started + leaf.sp, over + 10000
                end
                speed = string.format('%.3f', started * 1000 / math.max(over, 1000))
              else
                speed = '0'
              end
            end
            return { 'turn', tostring(position), tostring(before), speed, tostring(running) }
            """#)
}
