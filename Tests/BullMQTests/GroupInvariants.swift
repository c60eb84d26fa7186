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
        for index in stride(from: 0, to: pairs.count - 1, by: 2) {
            keys[pairs[index].string ?? ""] = (pairs[index + 1].array ?? []).map { $0.string ?? "" }
        }
        return problems(
            keys, active: (reply[1].array ?? []).compactMap(\.string), now: Double(reply[2].int ?? 0), isMarked: reply[3].int == 1)
    }

    private struct Node {
        var fields: [String: String]
        func number(_ name: String) -> Double { fields[name].flatMap { Double($0) } ?? 0 }
    }

    // One list of rules, read from top to bottom.
    private static func problems(_ keys: [String: [String]], active: [String], now: Double, isMarked: Bool) -> [String] {
        var problems: [String] = []
        func expect(_ condition: Bool, _ text: @autoclosure () -> String) { if !condition { problems.append(text()) } }
        func table(_ items: [String]) -> [String: String] {
            Dictionary(stride(from: 0, to: items.count - 1, by: 2).map { (items[$0], items[$0 + 1]) }) { $1 }
        }
        var nodes: [String: Node] = [:]
        for (key, items) in keys where key.hasPrefix("n:") { nodes[String(key.dropFirst(2))] = Node(fields: table(items)) }
        let held = table(keys["a"] ?? [])
        let delayed = table(keys["d"] ?? []).keys.map { String($0.prefix { $0 != "|" }) }
        let due = table(keys["due"] ?? [])
        expect(isMarked == (nodes[""] != nil), "meta says \(isMarked)")
        expect(Set(table(keys["groups"] ?? []).keys) == Set(nodes.keys).subtracting([""]), "index: \(keys["groups"] ?? []) nodes: \(nodes.keys)")
        for id in held.keys { expect(active.contains(id), "\(id) is held but not active") }
        func isBelow(_ path: String, _ top: String) -> Bool { top.isEmpty || path == top || path.hasPrefix(top + "/") }
        func parent(_ path: String) -> String { path.split(separator: "/").dropLast().joined(separator: "/") }
        func own(_ path: String) -> Int {
            (keys["w:\(path)"]?.count ?? 0) + (keys["p:\(path)"]?.count ?? 0) / 2 + (nodes[path]?.fields["hr"] == nil ? 0 : 1)
        }
        for key in keys.keys where key.hasPrefix("w:") || key.hasPrefix("p:") {
            expect(nodes[String(key.dropFirst(2))] != nil, "\(key) without a node")
        }
        for (path, node) in nodes {
            let below = nodes.keys.filter { isBelow($0, path) && !$0.isEmpty }
            expect(Int(node.number("nw")) == below.map(own).reduce(0, +), "\(path): nw \(node.number("nw"))")
            expect(Int(node.number("na")) == held.values.filter { isBelow($0, path) }.count, "\(path): na \(node.number("na"))")
            expect(Int(node.number("nd")) == delayed.filter { isBelow($0, path) }.count, "\(path): nd \(node.number("nd"))")
            let children = nodes.keys.filter { !$0.isEmpty && $0 != path && parent($0) == path }
            expect(Int(node.number("k")) == children.count, "\(path): k \(node.number("k"))")
            var rings: [String: String] = [:]
            var weight = 0.0
            for ring in ["i", "r", "o"] {
                let members = table(keys["\(ring):\(path)"] ?? [])
                expect(Int(node.number("k\(ring)")) == members.count, "\(path): k\(ring) \(node.number("k\(ring)")), is \(members.count)")
                for (member, score) in members {
                    expect(rings[member] == nil, "\(member) is in two rings")
                    rings[member] = ring
                    let child = nodes[member] ?? Node(fields: [:])
                    weight += child.fields["w"].flatMap { Double($0) } ?? 1
                    expect((ring == "i") == (child.number("na") == 0), "\(member) holds \(child.number("na")) in \(ring)")
                    if ring != "o" { expect(Double(score) == child.number("s"), "\(member): score \(score), s \(child.number("s"))") }
                }
            }
            expect(abs(node.number("W") - weight) < 1e-6, "\(path): W \(node.number("W")), is \(weight)")
            for child in children { expect(nodes[child]?.fields["in"] == rings[child], "\(child): in \(String(describing: rings[child]))") }
            guard !path.isEmpty else { continue }
            if let limit = node.fields["c"].flatMap({ Double($0) }), node.fields["limitSince"] == nil {
                expect(node.number("na") <= limit, "\(path): \(node.number("na")) of \(limit)")
            }
            if let limit = node.fields["rm"].flatMap({ Double($0) }) {
                expect(node.number("ru") <= limit, "\(path): \(node.number("ru")) starts of \(limit)")
            }
            let ownReady =
                node.fields["o"] == "1"
                ? node.fields["hr"] != nil || (node.fields["h"] == nil && node.number("oa") == 0 && node.number("ow") > 0)
                : node.number("ow") > 0
            let isOut = node.fields["rm"] != nil && node.number("re") > now && node.number("ru") >= node.number("rm")
            let isStuck = node.fields["p"] != nil || (node.fields["c"] != nil && node.number("na") >= node.number("c")) || isOut
            let hasWork = ownReady || node.number("ki") + node.number("kr") + node.number("ko") > 0
            if hasWork && !isStuck && due[path] == nil {
                expect(node.fields["in"] != nil, "\(path) can run and is in no ring")
            } else if node.fields["in"] != nil {
                expect(hasWork && !isStuck, "\(path) is in a ring and cannot run")
            }
        }
        return problems
    }
}
