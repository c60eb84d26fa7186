/// A regular expression of the kind JSON Schema recommends, matched in time linear in the text: there is no text that makes it slow.
///
/// Characters, `.`, classes, `\d \w \s` and their opposites, groups, `|`, `* + ? {n} {n,} {n,m}`, `^` and `$`. Back references and
/// look-around, which cannot be had in linear time, are refused.
struct Pattern: Sendable {
    enum Step: Sendable {
        case scalar(ScalarClass)
        case split(Int, Int)
        case jump(Int)
        case start, end, accept
    }

    private let program: [Step]

    /// For expressions of the program itself: a mistake stops it when the type is first used.
    init(checked expression: String) {
        do {
            try self.init(expression)
        } catch {
            preconditionFailure("the pattern \(expression) \(error)")
        }
    }

    init(_ expression: String) throws(PatternError) {
        var compiler = PatternCompiler(expression)
        program = try compiler.compile()
    }

    /// Whether it matches anywhere in the text.
    func matches(_ text: String) -> Bool {
        var current = Threads(program.count)
        var next = Threads(program.count)
        var isAtStart = true
        var scalars = text.unicodeScalars.makeIterator()
        var scalar = scalars.next()
        while true {
            let following = scalar
            if follow(0, &current, isAtStart: isAtStart, isAtEnd: following == nil) { return true }
            guard let value = following else { return false }
            scalar = scalars.next()
            next.removeAll()
            for place in current.places {
                guard case .scalar(let set) = program[place], set.contains(value.value) else { continue }
                if follow(place + 1, &next, isAtStart: false, isAtEnd: scalar == nil) { return true }
            }
            swap(&current, &next)
            isAtStart = false
        }
    }

    /// Adds what can be reached without consuming a character; true when that is the end of the expression.
    private func follow(_ first: Int, _ threads: inout Threads, isAtStart: Bool, isAtEnd: Bool) -> Bool {
        var pending = [first]
        while let place = pending.popLast() {
            guard threads.insert(place) else { continue }
            switch program[place] {
            case .accept: return true
            case .jump(let target): pending.append(target)
            case .split(let first, let second): pending += [second, first]
            case .start: if isAtStart { pending.append(place + 1) }
            case .end: if isAtEnd { pending.append(place + 1) }
            case .scalar: break
            }
        }
        return false
    }

    /// The text as an expression that matches it alone.
    static func escape(_ text: String) -> String {
        var escaped = ""
        for scalar in text.unicodeScalars {
            if #"\^$.|?*+()[]{}/"#.unicodeScalars.contains(scalar) { escaped.unicodeScalars.append("\\") }
            escaped.unicodeScalars.append(scalar)
        }
        return escaped
    }
}

/// Places in the program that are alive, each once.
private struct Threads {
    private(set) var places: [Int] = []
    private var isIn: [Bool]

    init(_ count: Int) { isIn = Array(repeating: false, count: count) }

    mutating func insert(_ place: Int) -> Bool {
        guard !isIn[place] else { return false }
        isIn[place] = true
        places.append(place)
        return true
    }

    mutating func removeAll() {
        for place in places { isIn[place] = false }
        places.removeAll(keepingCapacity: true)
    }
}

/// A set of characters.
struct ScalarClass: Sendable {
    var ranges: [ClosedRange<UInt32>]
    var isNegated = false

    func contains(_ value: UInt32) -> Bool { ranges.contains { $0.contains(value) } != isNegated }

    static let any = ScalarClass(ranges: [10...10, 13...13, 0x2028...0x2029], isNegated: true)
    static let digit: [ClosedRange<UInt32>] = [48...57]
    static let word: [ClosedRange<UInt32>] = [48...57, 65...90, 95...95, 97...122]
    static let space: [ClosedRange<UInt32>] = [
        9...13, 32...32, 0xA0...0xA0, 0x1680...0x1680, 0x2000...0x200A, 0x2028...0x2029, 0x202F...0x202F, 0x205F...0x205F,
        0x3000...0x3000, 0xFEFF...0xFEFF,
    ]

    /// Everything that `ranges` leaves out.
    static func complement(_ ranges: [ClosedRange<UInt32>]) -> [ClosedRange<UInt32>] {
        var rest: [ClosedRange<UInt32>] = []
        var next: UInt32 = 0
        for range in ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) {
            if range.lowerBound > next { rest.append(next...range.lowerBound - 1) }
            next = max(next, range.upperBound + 1)
        }
        if next <= 0x10FFFF { rest.append(next...0x10FFFF) }
        return rest
    }
}

struct PatternError: Error, CustomStringConvertible {
    let description: String
}
