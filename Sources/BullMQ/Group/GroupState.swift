/// The state of a node as it is stored: MessagePack numbers, one after the other.
struct GroupState: Equatable {
    /// In the order they are stored.
    enum Field: Int, CaseIterable {
        case waiting, active, delayed, ownWaiting, ownActive, children, idle, running, over, weights, time, lastEnd, ownEnd, start
        case ring, countedWeight, holderIsReady, rateUsed, rateEnd, speedStart, speedCount, speedBefore, lastTurn
    }

    private var values = [Double](repeating: 0, count: Field.allCases.count)

    subscript(field: Field) -> Double { values[field.rawValue] }
    subscript(int field: Field) -> Int { Int(exactly: values[field.rawValue].rounded()) ?? 0 }

    /// Reads what can be read; the rest is 0, as in a node that does not exist.
    init(_ bytes: [UInt8]?) {
        var rest = (bytes ?? [])[...]
        for index in values.indices {
            guard let value = Self.number(&rest) else { return }
            values[index] = value
        }
    }

    private static func number(_ bytes: inout ArraySlice<UInt8>) -> Double? {
        func unsigned(_ width: Int) -> UInt64? {
            guard bytes.count >= width else { return nil }
            defer { bytes = bytes.dropFirst(width) }
            return bytes.prefix(width).reduce(0) { $0 << 8 | UInt64($1) }
        }
        guard let tag = bytes.popFirst() else { return nil }
        switch tag {
        case 0x00...0x7f: return Double(tag)
        case 0xe0...0xff: return Double(Int8(bitPattern: tag))
        case 0xca: return unsigned(4).map { Double(Float(bitPattern: UInt32(truncatingIfNeeded: $0))) }
        case 0xcb: return unsigned(8).map { Double(bitPattern: $0) }
        case 0xcc: return unsigned(1).map { Double($0) }
        case 0xcd: return unsigned(2).map { Double($0) }
        case 0xce: return unsigned(4).map { Double($0) }
        case 0xcf: return unsigned(8).map { Double($0) }
        case 0xd0: return unsigned(1).map { Double(Int8(truncatingIfNeeded: $0)) }
        case 0xd1: return unsigned(2).map { Double(Int16(truncatingIfNeeded: $0)) }
        case 0xd2: return unsigned(4).map { Double(Int32(truncatingIfNeeded: $0)) }
        case 0xd3: return unsigned(8).map { Double(Int64(bitPattern: $0)) }
        default: return nil
        }
    }
}
