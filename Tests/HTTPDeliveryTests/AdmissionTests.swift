import Testing

@testable import HTTPDelivery

@Suite("Admission")
struct AdmissionTests {
    private func drain(_ admission: inout Admission<String>) -> [UInt64] {
        var ids: [UInt64] = []
        while let next = admission.next() { ids.append(next.id) }
        return ids
    }

    @Test("Keys take turns, within their limit and the total")
    func turns() {
        var admission = Admission<String>(total: 4, perKey: 2)
        for id in 1...5 { admission.enqueue(UInt64(id), key: "a") }
        admission.enqueue(10, key: "b")
        admission.enqueue(20, key: "c")
        #expect(drain(&admission) == [1, 10, 20, 2])
        admission.release("b")
        #expect(drain(&admission) == [], "a has its two")
        admission.release("a")
        #expect(drain(&admission) == [3])
        admission.release("a")
        admission.release("a")
        #expect(drain(&admission) == [4, 5])
    }

    @Test("Random traffic never passes a limit and never forgets anybody", arguments: 0..<20)
    func random(seed: Int) {
        var state = UInt64(seed) &* 0x9e37_79b9_7f4a_7c15 &+ 1
        func roll(_ bound: UInt64) -> UInt64 {
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            return state % bound
        }
        var admission = Admission<UInt64>(total: 7, perKey: 3)
        var running: [UInt64: Int] = [:]
        var (enqueued, started): (UInt64, Set<UInt64>) = (0, [])
        for step in 0..<2000 {
            if step < 1000, roll(2) == 0 {
                enqueued += 1
                admission.enqueue(enqueued, key: roll(6))
            }
            while let (id, key) = admission.next() {
                running[key, default: 0] += 1
                #expect(started.insert(id).inserted)
            }
            #expect(running.values.allSatisfy { $0 <= 3 } && running.values.reduce(0, +) <= 7)
            if let key = running.keys.sorted().randomElementOrNil(roll), roll(3) > 0 || step >= 1000 {
                admission.release(key)
                running[key] = running[key] == 1 ? nil : running[key, default: 1] - 1
            }
        }
        #expect(started.count == Int(enqueued), "seed \(seed)")
    }
}

extension [UInt64] {
    fileprivate func randomElementOrNil(_ roll: (UInt64) -> UInt64) -> UInt64? {
        isEmpty ? nil : self[Int(roll(UInt64(count)))]
    }
}
