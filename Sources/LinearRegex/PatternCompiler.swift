/// Reads a regular expression and writes the steps that match it.
struct PatternCompiler {
    /// A quantifier copies what it repeats; nested ones multiply.
    private static let maximumSteps = 20_000

    private let scalars: [Unicode.Scalar]
    private var index = 0

    init(_ expression: String) { scalars = Array(expression.unicodeScalars) }

    mutating func compile() throws(PatternError) -> [Pattern.Step] {
        let steps = try alternatives()
        guard index == scalars.count else { throw PatternError(description: "has a ) without its (") }
        return steps + [.accept]
    }

    // Steps of a part are relative to its beginning and moved when the part is put somewhere.

    private mutating func alternatives() throws(PatternError) -> [Pattern.Step] {
        var result = try sequence()
        while take("|") {
            let other = try sequence()
            result =
                [.split(1, result.count + 2)] + Self.moved(result, by: 1) + [.jump(result.count + 2 + other.count)]
                + Self.moved(other, by: result.count + 2)
        }
        return result
    }

    private mutating func sequence() throws(PatternError) -> [Pattern.Step] {
        var result: [Pattern.Step] = []
        while let scalar = peek, scalar != "|", scalar != ")" {
            let part = try repeated(try atom())
            result += Self.moved(part, by: result.count)
            guard result.count <= Self.maximumSteps else { throw PatternError(description: "is too large") }
        }
        return result
    }

    private mutating func atom() throws(PatternError) -> [Pattern.Step] {
        index += 1
        switch scalars[index - 1] {
        case "^": return [.start]
        case "$": return [.end]
        case ".": return [.scalar(.any)]
        case "[": return [.scalar(try characterClass())]
        case "(": return try group()
        case "\\": return [.scalar(ScalarClass(ranges: try escaped(inClass: false)))]
        case "*", "+", "?": throw PatternError(description: "repeats nothing")
        case let scalar: return [.scalar(ScalarClass(ranges: [scalar.value...scalar.value]))]
        }
    }

    private mutating func group() throws(PatternError) -> [Pattern.Step] {
        if take("?") {
            guard take(":") else { throw PatternError(description: "uses look-around or a named group, which are not supported") }
        }
        let inside = try alternatives()
        guard take(")") else { throw PatternError(description: "has a ( without its )") }
        return inside
    }

    private mutating func repeated(_ part: [Pattern.Step]) throws(PatternError) -> [Pattern.Step] {
        var part = part
        while let (lower, upper) = try quantifier() {
            _ = take("?")  // lazy or not, the answer is the same
            guard part.count * max(lower, upper ?? 0, 1) <= Self.maximumSteps else { throw PatternError(description: "is too large") }
            var result: [Pattern.Step] = []
            for _ in 0..<lower { result += Self.moved(part, by: result.count) }
            if let upper {
                for _ in lower..<upper {
                    result += Self.moved([.split(1, part.count + 1)] + Self.moved(part, by: 1), by: result.count)
                }
            } else {
                let loop = [.split(1, part.count + 2)] + Self.moved(part, by: 1) + [Pattern.Step.jump(0)]
                result += Self.moved(loop, by: result.count)
            }
            part = result
        }
        return part
    }

    private mutating func quantifier() throws(PatternError) -> (Int, Int?)? {
        if take("*") { return (0, nil) }
        if take("+") { return (1, nil) }
        if take("?") { return (0, 1) }
        guard peek == "{" else { return nil }
        let start = index
        index += 1
        guard let lower = number() else {
            index = start
            throw PatternError(description: "has a { that begins no quantifier; write \\{")
        }
        var upper: Int? = lower
        if take(",") { upper = number() }
        guard take("}"), upper ?? .max >= lower else { throw PatternError(description: "has a malformed quantifier") }
        return (lower, upper)
    }

    private mutating func characterClass() throws(PatternError) -> ScalarClass {
        let isNegated = take("^")
        var ranges: [ClosedRange<UInt32>] = []
        while let scalar = peek, scalar != "]" {
            let first = try classItem()
            guard peek == "-", index + 1 < scalars.count, scalars[index + 1] != "]" else {
                ranges += first
                continue
            }
            index += 1
            let last = try classItem()
            guard first.count == 1, last.count == 1, first[0].count == 1, last[0].count == 1,
                first[0].lowerBound <= last[0].lowerBound
            else { throw PatternError(description: "has a malformed range in []") }
            ranges.append(first[0].lowerBound...last[0].lowerBound)
        }
        guard take("]") else { throw PatternError(description: "has a [ without its ]") }
        return ScalarClass(ranges: ranges, isNegated: isNegated)
    }

    private mutating func classItem() throws(PatternError) -> [ClosedRange<UInt32>] {
        guard let scalar = peek else { throw PatternError(description: "has a [ without its ]") }
        index += 1
        return scalar == "\\" ? try escaped(inClass: true) : [scalar.value...scalar.value]
    }

    /// What follows a backslash.
    private mutating func escaped(inClass: Bool) throws(PatternError) -> [ClosedRange<UInt32>] {
        guard let scalar = peek else { throw PatternError(description: "ends with a backslash") }
        index += 1
        switch scalar {
        case "d": return ScalarClass.digit
        case "D": return ScalarClass.complement(ScalarClass.digit)
        case "w": return ScalarClass.word
        case "W": return ScalarClass.complement(ScalarClass.word)
        case "s": return ScalarClass.space
        case "S": return ScalarClass.complement(ScalarClass.space)
        case "n": return [10...10]
        case "r": return [13...13]
        case "t": return [9...9]
        case "f": return [12...12]
        case "v": return [11...11]
        case "b" where inClass: return [8...8]
        case "x", "u": return try hexadecimal(scalar == "x" ? 2 : 4)
        default:
            // Letters and digits are kept for what expressions cannot do here: \b, \1, \p{…}.
            guard !scalar.properties.isAlphabetic, !("0"..."9").contains(scalar) else {
                throw PatternError(description: "uses \\\(scalar), which is not supported")
            }
            return [scalar.value...scalar.value]
        }
    }

    private mutating func hexadecimal(_ count: Int) throws(PatternError) -> [ClosedRange<UInt32>] {
        let digits = String(String.UnicodeScalarView(scalars[index...].prefix(count)))
        guard digits.utf8.count == count, let value = UInt32(digits, radix: 16) else {
            throw PatternError(description: "has a malformed escape")
        }
        index += count
        return [value...value]
    }

    private var peek: Unicode.Scalar? { index < scalars.count ? scalars[index] : nil }

    private mutating func take(_ scalar: Unicode.Scalar) -> Bool {
        guard peek == scalar else { return false }
        index += 1
        return true
    }

    private mutating func number() -> Int? {
        let digits = scalars[index...].prefix { ("0"..."9").contains($0) }
        guard (1...4).contains(digits.count) else { return nil }
        index += digits.count
        return digits.reduce(0) { $0 * 10 + Int($1.value - 48) }
    }

    static func moved(_ steps: [Pattern.Step], by distance: Int) -> [Pattern.Step] {
        steps.map { step in
            switch step {
            case .split(let first, let second): .split(first + distance, second + distance)
            case .jump(let target): .jump(target + distance)
            case .scalar, .start, .end, .lineStart, .lineEnd, .boundary, .noBoundary, .accept: step
            }
        }
    }
}
