/// A regular expression that is matched in time linear in the text: there is no text that makes it slow.
///
/// Back references and look-around, which cannot be had in linear time, are refused in both syntaxes.
public struct Pattern: Sendable {
    /// How an expression is written.
    public enum Syntax: Sendable {
        /// What JSON Schema recommends: characters, `.`, classes, `\d \w \s` and their opposites, groups, `|`, `* + ? {n} {n,} {n,m}`, `^`, `$`.
        case jsonSchema
        /// RE2: also flags, lazy quantifiers, named groups, `\b`, `\A`, `\z`, `\Q…\E`, `[[:alpha:]]`, `\pL`, `\p{Greek}`.
        case re2
    }

    enum Step: Sendable {
        case scalar(ScalarClass)
        case split(Int, Int)
        case jump(Int)
        case start, end, lineStart, lineEnd, boundary, noBoundary, accept
    }

    private let program: [Step]

    /// For expressions of the program itself: a mistake stops it when the type is first used.
    public init(checked expression: String) {
        do {
            try self.init(expression)
        } catch {
            preconditionFailure("the pattern \(expression) \(error)")
        }
    }

    public init(_ expression: String, syntax: Syntax = .jsonSchema) throws(PatternError) {
        switch syntax {
        case .jsonSchema:
            var compiler = PatternCompiler(expression)
            program = try compiler.compile()
        case .re2:
            var compiler = RE2Compiler(expression)
            program = try compiler.compile()
        }
    }

    /// How many steps the compiled expression has; a match takes at most this many for each character of the text.
    public var size: Int { program.count }

    /// Whether it matches anywhere in the text.
    public func matches(_ text: String) -> Bool {
        var current = Threads(program.count)
        var next = Threads(program.count)
        var pending: [Int] = []
        var previous: Unicode.Scalar?
        var scalars = text.unicodeScalars.makeIterator()
        var scalar = scalars.next()
        while true {
            let following = scalar
            if follow(0, &current, &pending, previous, following) { return true }
            guard let value = following else { return false }
            scalar = scalars.next()
            next.removeAll()
            for place in current.places {
                guard case .scalar(let set) = program[place], set.contains(value.value) else { continue }
                if follow(place + 1, &next, &pending, value, scalar) { return true }
            }
            swap(&current, &next)
            previous = value
        }
    }

    /// Adds what can be reached without consuming a character; true when that is the end of the expression.
    private func follow(
        _ first: Int, _ threads: inout Threads, _ pending: inout [Int], _ previous: Unicode.Scalar?, _ next: Unicode.Scalar?
    ) -> Bool {
        pending.removeAll(keepingCapacity: true)
        pending.append(first)
        while let place = pending.popLast() {
            guard threads.insert(place) else { continue }
            let holds: Bool
            switch program[place] {
            case .accept: return true
            case .jump(let target):
                pending.append(target)
                continue
            case .split(let first, let second):
                pending.append(second)
                pending.append(first)
                continue
            case .scalar: continue
            case .start: holds = previous == nil
            case .end: holds = next == nil
            case .lineStart: holds = previous == nil || previous == "\n"
            case .lineEnd: holds = next == nil || next == "\n"
            case .boundary: holds = Self.isWord(previous) != Self.isWord(next)
            case .noBoundary: holds = Self.isWord(previous) == Self.isWord(next)
            }
            if holds { pending.append(place + 1) }
        }
        return false
    }

    private static func isWord(_ scalar: Unicode.Scalar?) -> Bool {
        guard let scalar else { return false }
        return ScalarClass.word.contains { $0.contains(scalar.value) }
    }

    /// The text as an expression that matches it alone.
    public static func escape(_ text: String) -> String {
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
    var properties: [UnicodeProperty] = []
    var foldsCase = false

    func contains(_ value: UInt32) -> Bool {
        var holds = holds(value)
        if !holds, foldsCase, let scalar = Unicode.Scalar(value) {
            holds = Self.otherCases(of: scalar).contains { self.holds($0) }
        }
        return holds != isNegated
    }

    private func holds(_ value: UInt32) -> Bool {
        ranges.contains { $0.contains(value) } || (!properties.isEmpty && properties.contains { $0.contains(value) })
    }

    private static func otherCases(of scalar: Unicode.Scalar) -> [UInt32] {
        // K, S and the Angstrom sign each have a third form that folds to the same letter.
        let third: [UInt32] =
            switch scalar {
            case "k", "K": [0x212A]
            case "s", "S": [0x17F]
            case "\u{E5}", "\u{C5}": [0x212B]
            case "\u{17F}": [0x73]
            default: []
            }
        return [scalar.properties.lowercaseMapping, scalar.properties.uppercaseMapping].compactMap { text in
            text.unicodeScalars.count == 1 ? text.unicodeScalars.first?.value : nil
        } + third
    }

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

/// What is wrong with an expression; the description continues "the pattern …".
public struct PatternError: Error, Hashable, CustomStringConvertible {
    public let description: String
}
