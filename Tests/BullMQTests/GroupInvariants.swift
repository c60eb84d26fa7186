import RedisClient
import RedisTestSupport

@testable import BullMQ

/// Reads all keys of a queue with groups at one moment and says what does not agree.
enum GroupInvariants {
    private static let snapshot = RedisScript(
        #"""
        local prefix = KEYS[1] .. ':'
        local reply = {}
        for _, key in ipairs(redis.call('KEYS', prefix .. 'sw:*')) do
          local kind = redis.call('TYPE', key)['ok']
          local value
          if kind == 'hash' then value = redis.call('HGETALL', key)
          elseif kind == 'zset' then value = redis.call('ZRANGE', key, 0, -1, 'WITHSCORES')
          elseif kind == 'list' then value = redis.call('LRANGE', key, 0, -1)
          else value = {} end
          reply[#reply + 1] = string.sub(key, #prefix + 4)
          reply[#reply + 1] = value
        end
        local time = redis.call('TIME')
        return { reply, redis.call('LRANGE', prefix .. 'active', 0, -1), time[1] * 1000 + math.floor(time[2] / 1000),
          redis.call('HEXISTS', prefix .. 'meta', 'sw:groups') }
        """#)

    static func problems(of queue: Queue) async throws -> [String] {
        let reply = try await queue.run(snapshot, []).array ?? []
        let pairs = reply[0].array ?? []
        var keys: [String: [String]] = [:]
        var states: [String: GroupState] = [:]
        for index in stride(from: 0, to: pairs.count - 1, by: 2) {
            let (name, items) = (pairs[index].string ?? "", pairs[index + 1].array ?? [])
            keys[name] = items.map { $0.string ?? "" }
            if name.hasPrefix("n:"), let place = items.firstIndex(where: { $0.string == "st" }) {
                states[String(name.dropFirst(2))] = GroupState(items[place + 1].bytes)
            }
        }
        return problems(
            keys, states, active: (reply[1].array ?? []).compactMap(\.string), now: Double(reply[2].int ?? 0), isMarked: reply[3].int == 1)
    }

    private struct Node {
        var fields: [String: String]
        var state: GroupState
    }

    // One list of rules, read from top to bottom.
    private static func problems(_ keys: [String: [String]], _ states: [String: GroupState], active: [String], now: Double, isMarked: Bool)
        -> [String]
    {
        var problems: [String] = []
        func expect(_ condition: Bool, _ text: @autoclosure () -> String) { if !condition { problems.append(text()) } }
        func table(_ items: [String]) -> [String: String] {
            Dictionary(stride(from: 0, to: items.count - 1, by: 2).map { (items[$0], items[$0 + 1]) }) { $1 }
        }
        var nodes: [String: Node] = [:]
        for (key, items) in keys where key.hasPrefix("n:") {
            let path = String(key.dropFirst(2))
            nodes[path] = Node(fields: table(items), state: states[path] ?? GroupState(nil))
        }
        let held = table(keys["a"] ?? [])
        let delayed = table(keys["d"] ?? []).keys.map { String($0.prefix { $0 != "|" }) }
        let due = table(keys["due"] ?? [])
        expect(isMarked == (nodes[""] != nil), "meta says \(isMarked)")
        expect(
            Set(table(keys["groups"] ?? []).keys) == Set(nodes.keys).subtracting([""]),
            "index: \(keys["groups"] ?? []) nodes: \(nodes.keys)")
        for id in held.keys { expect(active.contains(id), "\(id) is held but not active") }
        func isBelow(_ path: String, _ top: String) -> Bool { top.isEmpty || path == top || path.hasPrefix(top + "/") }
        func parent(_ path: String) -> String { path.split(separator: "/").dropLast().joined(separator: "/") }
        func own(_ path: String) -> Int {
            (keys["w:\(path)"]?.count ?? 0) + (keys["p:\(path)"]?.count ?? 0) / 2 + (nodes[path]?.state[int: .holderIsReady] ?? 0)
        }
        for key in keys.keys where key.hasPrefix("w:") || key.hasPrefix("p:") {
            expect(nodes[String(key.dropFirst(2))] != nil, "\(key) without a node")
        }
        for (path, node) in nodes {
            let below = nodes.keys.filter { isBelow($0, path) && !$0.isEmpty }
            expect(Int(node.state[.waiting]) == below.map(own).reduce(0, +), "\(path): nw \(node.state[.waiting])")
            expect(Int(node.state[.active]) == held.values.filter { isBelow($0, path) }.count, "\(path): na \(node.state[.active])")
            expect(Int(node.state[.delayed]) == delayed.filter { isBelow($0, path) }.count, "\(path): nd \(node.state[.delayed])")
            let children = nodes.keys.filter { !$0.isEmpty && $0 != path && parent($0) == path }
            expect(Int(node.state[.children]) == children.count, "\(path): k \(node.state[.children])")
            var rings: [String: String] = [:]
            var weight = 0.0
            for (ring, field) in [("i", GroupState.Field.idle), ("r", .running), ("o", .over)] {
                let members = table(keys["\(ring):\(path)"] ?? [])
                expect(node.state[int: field] == members.count, "\(path): \(field) \(node.state[field]), is \(members.count)")
                for (member, score) in members {
                    expect(rings[member] == nil, "\(member) is in two rings")
                    rings[member] = ring
                    let child = nodes[member] ?? Node(fields: [:], state: GroupState(nil))
                    weight += child.fields["w"].flatMap { Double($0) } ?? 1
                    expect(
                        ring == "i" ? path.isEmpty && child.state[.active] == 0 : !path.isEmpty || child.state[.active] > 0,
                        "\(member) holds \(child.state[.active]) in \(ring)")
                    if ring != "o" {
                        expect(
                            abs((Double(score) ?? -1) - child.state[.start]) < 1e-6, "\(member): score \(score), s \(child.state[.start])")
                    }
                }
            }
            expect(abs(node.state[.weights] - weight) < 1e-6, "\(path): W \(node.state[.weights]), is \(weight)")
            for child in children {
                expect(
                    ["i", "r", "o"].firstIndex(of: rings[child] ?? "").map { $0 + 1 } ?? 0 == nodes[child]?.state[int: .ring],
                    "\(child): in \(String(describing: rings[child]))")
            }
            guard !path.isEmpty else { continue }
            if let limit = node.fields["c"].flatMap({ Double($0) }), node.fields["limitSince"] == nil {
                expect(node.state[.active] <= limit, "\(path): \(node.state[.active]) of \(limit)")
            }
            if let limit = node.fields["rm"].flatMap({ Double($0) }) {
                expect(node.state[.rateUsed] <= limit, "\(path): \(node.state[.rateUsed]) starts of \(limit)")
            }
            let ownReady =
                node.fields["o"] == "1"
                ? node.state[.holderIsReady] == 1 || (node.fields["h"] == nil && node.state[.ownActive] == 0 && node.state[.ownWaiting] > 0)
                : node.state[.ownWaiting] > 0
            let isOut =
                node.fields["rm"] != nil && node.state[.rateEnd] > now
                && node.state[.rateUsed] >= (node.fields["rm"].flatMap { Double($0) } ?? 0)
            let isStuck =
                node.fields["p"] != nil
                || (node.fields["c"] != nil && node.state[.active] >= (node.fields["c"].flatMap { Double($0) } ?? 0)) || isOut
            let hasWork = ownReady || node.state[.idle] + node.state[.running] + node.state[.over] > 0
            if hasWork && !isStuck && due[path] == nil {
                expect(node.state[.ring] != 0, "\(path) can run and is in no ring")
            } else if node.state[.ring] != 0 {
                expect(hasWork && !isStuck, "\(path) is in a ring and cannot run")
            }
        }
        return problems
    }
}
