/// Reads an expression in RE2's syntax and writes the steps that match it.
struct RE2Compiler {
    private static let maximumSteps = 20_000
    private static let maximumDepth = 200

    private struct Flags {
        var foldsCase = false
        var multiline = false
        var dotMatchesNewline = false
        var swapsGreed = false
    }

    private let scalars: [Unicode.Scalar]
    private var index = 0
    private var flags = Flags()
    private var depth = 0
    private var names: Set<String> = []

    init(_ expression: String) { scalars = Array(expression.unicodeScalars) }

    mutating func compile() throws(PatternError) -> [Pattern.Step] {
        let steps = try alternatives()
        guard index == scalars.count else { throw PatternError(description: "has a ) without its (") }
        return steps + [.accept]
    }

    private mutating func alternatives() throws(PatternError) -> [Pattern.Step] {
        depth += 1
        defer { depth -= 1 }
        guard depth <= Self.maximumDepth else { throw PatternError(description: "nests too deeply") }
        var branches = [try sequence()]
        while take("|") { branches.append(try sequence()) }
        guard var result = branches.popLast() else { return [] }
        while let branch = branches.popLast() {
            result =
                [.split(1, branch.count + 2)] + PatternCompiler.moved(branch, by: 1) + [.jump(branch.count + 2 + result.count)]
                + PatternCompiler.moved(result, by: branch.count + 2)
            guard result.count <= Self.maximumSteps else { throw PatternError(description: "is too large") }
        }
        return result
    }

    private mutating func sequence() throws(PatternError) -> [Pattern.Step] {
        var result: [Pattern.Step] = []
        while let scalar = peek, scalar != "|", scalar != ")" {
            let part = try repeated(try atom())
            result += PatternCompiler.moved(part, by: result.count)
            guard result.count <= Self.maximumSteps else { throw PatternError(description: "is too large") }
        }
        return result
    }

    private func set(_ ranges: [ClosedRange<UInt32>], _ properties: [UnicodeProperty] = [], negated: Bool = false) -> Pattern.Step {
        .scalar(ScalarClass(ranges: ranges, isNegated: negated, properties: properties, foldsCase: flags.foldsCase))
    }

    private mutating func atom() throws(PatternError) -> [Pattern.Step] {
        index += 1
        switch scalars[index - 1] {
        case "^": return [flags.multiline ? .lineStart : .start]
        case "$": return [flags.multiline ? .lineEnd : .end]
        case ".":
            return [
                .scalar(flags.dotMatchesNewline ? ScalarClass(ranges: [0...0x10FFFF]) : ScalarClass(ranges: [10...10], isNegated: true))
            ]
        case "[": return [try characterClass()]
        case "(": return try group()
        case "\\": return try escapedAtom()
        case "*", "+", "?": throw PatternError(description: "repeats nothing")
        case let scalar: return [set([scalar.value...scalar.value])]
        }
    }

    private mutating func group() throws(PatternError) -> [Pattern.Step] {
        let outer = flags
        if take("?") {
            if take("P") || peek == "<" {
                guard take("<") else { throw PatternError(description: "has a malformed named group") }
                try groupName()
            } else if try readFlags() {
                return []
            }
        }
        let inside = try alternatives()
        guard take(")") else { throw PatternError(description: "has a ( without its )") }
        flags = outer
        return inside
    }

    private mutating func groupName() throws(PatternError) {
        var name = ""
        while let scalar = peek, scalar.value < 128, ScalarClass.word.contains(where: { $0.contains(scalar.value) }) {
            name.unicodeScalars.append(scalar)
            index += 1
        }
        guard !name.isEmpty, take(">") else { throw PatternError(description: "uses look-behind or has a malformed named group") }
        guard names.insert(name).inserted else { throw PatternError(description: "names two groups \(name)") }
    }

    /// Reads `i-s:` or `i-s)`; true when the group ended, so that the flags hold for what follows.
    private mutating func readFlags() throws(PatternError) -> Bool {
        var value = true
        var isEmpty = true
        while let scalar = peek {
            index += 1
            switch scalar {
            case "i": flags.foldsCase = value
            case "m": flags.multiline = value
            case "s": flags.dotMatchesNewline = value
            case "U": flags.swapsGreed = value
            case "-" where value:
                value = false
                isEmpty = true
                continue
            case ":" where value || !isEmpty: return false
            case ")" where !isEmpty: return true
            default: throw PatternError(description: "uses look-around or an unknown flag, which are not supported")
            }
            isEmpty = false
        }
        throw PatternError(description: "has a ( without its )")
    }

    private mutating func repeated(_ atom: [Pattern.Step]) throws(PatternError) -> [Pattern.Step] {
        guard let (lower, upper) = try quantifier() else { return atom }
        _ = take("?")  // Whether lazy or not, the answer is the same.
        if let scalar = peek, "*+?".unicodeScalars.contains(scalar) {
            throw PatternError(description: "repeats a repetition; put it in a group")
        }
        guard atom.count * max(lower, upper ?? 0, 1) <= Self.maximumSteps else { throw PatternError(description: "is too large") }
        var result: [Pattern.Step] = []
        for _ in 0..<lower { result += PatternCompiler.moved(atom, by: result.count) }
        if let upper {
            for _ in lower..<upper {
                result += PatternCompiler.moved([.split(1, atom.count + 1)] + PatternCompiler.moved(atom, by: 1), by: result.count)
            }
        } else {
            let loop = [.split(1, atom.count + 2)] + PatternCompiler.moved(atom, by: 1) + [Pattern.Step.jump(0)]
            result += PatternCompiler.moved(loop, by: result.count)
        }
        return result
    }

    private mutating func quantifier() throws(PatternError) -> (Int, Int?)? {
        if take("*") { return (0, nil) }
        if take("+") { return (1, nil) }
        if take("?") { return (0, 1) }
        let start = index
        // A brace that begins no quantifier is a character, as in RE2.
        guard take("{"), let lower = number() else {
            index = start
            return nil
        }
        var upper: Int? = lower
        if take(",") { upper = number() }
        guard take("}") else {
            index = start
            return nil
        }
        guard lower <= 1000, upper ?? 0 <= 1000, upper ?? .max >= lower else {
            throw PatternError(description: "has a repetition beyond 1000 or one that ends before it begins")
        }
        return (lower, upper)
    }

    private mutating func escapedAtom() throws(PatternError) -> [Pattern.Step] {
        switch peek {
        case "b": index += 1; return [.boundary]
        case "B": index += 1; return [.noBoundary]
        case "A": index += 1; return [.start]
        case "z": index += 1; return [.end]
        case "Q":
            index += 1
            var steps: [Pattern.Step] = []
            while let scalar = peek {
                if scalar == "\\", index + 1 < scalars.count, scalars[index + 1] == "E" {
                    index += 2
                    break
                }
                steps.append(set([scalar.value...scalar.value]))
                index += 1
            }
            return steps
        default:
            let (ranges, properties) = try escaped()
            return [set(ranges, properties)]
        }
    }

    /// What follows a backslash, in a class or outside.
    private mutating func escaped() throws(PatternError) -> ([ClosedRange<UInt32>], [UnicodeProperty]) {
        guard let scalar = peek else { throw PatternError(description: "ends with a backslash") }
        index += 1
        let space: [ClosedRange<UInt32>] = [9...10, 12...13, 32...32]
        switch scalar {
        case "d": return (ScalarClass.digit, [])
        case "D": return (ScalarClass.complement(ScalarClass.digit), [])
        case "w": return (ScalarClass.word, [])
        case "W": return (ScalarClass.complement(ScalarClass.word), [])
        case "s": return (space, [])
        case "S": return (ScalarClass.complement(space), [])
        case "a": return ([7...7], [])
        case "f": return ([12...12], [])
        case "n": return ([10...10], [])
        case "r": return ([13...13], [])
        case "t": return ([9...9], [])
        case "v": return ([11...11], [])
        case "p", "P": return ([], [try property(negated: scalar == "P")])
        case "x": return try hexadecimal()
        case "0"..."7":
            var value = scalar.value - 48
            guard scalar == "0" || (peek.map { ("0"..."7").contains($0) } ?? false) else {
                throw PatternError(description: "uses a back reference, which is not supported")
            }
            for _ in 0..<2 {
                guard let digit = peek, ("0"..."7").contains(digit) else { break }
                value = value * 8 + digit.value - 48
                index += 1
            }
            return ([value...value], [])
        default:
            guard scalar.value < 128, !scalar.properties.isAlphabetic, !("0"..."9").contains(scalar) else {
                throw PatternError(description: "uses \\\(scalar), which is not supported")
            }
            return ([scalar.value...scalar.value], [])
        }
    }

    private mutating func hexadecimal() throws(PatternError) -> ([ClosedRange<UInt32>], [UnicodeProperty]) {
        var digits = ""
        if take("{") {
            while let scalar = peek, scalar != "}", digits.utf8.count < 8 {
                digits.unicodeScalars.append(scalar)
                index += 1
            }
            guard take("}") else { throw PatternError(description: "has a malformed escape") }
        } else {
            digits.unicodeScalars.append(contentsOf: scalars[index...].prefix(2))
            index += digits.unicodeScalars.count
            guard digits.unicodeScalars.count == 2 else { throw PatternError(description: "has a malformed escape") }
        }
        guard digits.utf8.allSatisfy({ $0 != 43 && $0 != 45 }), let value = UInt32(digits, radix: 16), value <= 0x10FFFF else {
            throw PatternError(description: "has a malformed escape")
        }
        return ([value...value], [])
    }

    private mutating func property(negated: Bool) throws(PatternError) -> UnicodeProperty {
        var name = ""
        if take("{") {
            while let scalar = peek, scalar != "}" {
                name.unicodeScalars.append(scalar)
                index += 1
            }
            guard take("}") else { throw PatternError(description: "has a malformed Unicode class") }
        } else if let scalar = peek {
            name.unicodeScalars.append(scalar)
            index += 1
        }
        var isNegated = negated
        if name.hasPrefix("^") {
            name.removeFirst()
            isNegated.toggle()
        }
        guard let property = UnicodeProperty(name: name, isNegated: isNegated) else {
            throw PatternError(description: "uses the Unicode class \(name), which is not known")
        }
        return property
    }

    private mutating func characterClass() throws(PatternError) -> Pattern.Step {
        let isNegated = take("^")
        var ranges: [ClosedRange<UInt32>] = []
        var properties: [UnicodeProperty] = []
        var isFirst = true
        while let scalar = peek, scalar != "]" || isFirst {
            isFirst = false
            if scalar == "[", index + 1 < scalars.count, scalars[index + 1] == ":" {
                ranges += try posixClass()
                continue
            }
            let (first, firstProperties) = try classItem()
            guard peek == "-", index + 1 < scalars.count, scalars[index + 1] != "]" else {
                ranges += first
                properties += firstProperties
                continue
            }
            index += 1
            let (last, _) = try classItem()
            guard first.count == 1, last.count == 1, first[0].count == 1, last[0].count == 1, first[0].lowerBound <= last[0].lowerBound
            else { throw PatternError(description: "has a malformed range in []") }
            ranges.append(first[0].lowerBound...last[0].lowerBound)
        }
        guard take("]") else { throw PatternError(description: "has a [ without its ]") }
        return set(ranges, properties, negated: isNegated)
    }

    private mutating func classItem() throws(PatternError) -> ([ClosedRange<UInt32>], [UnicodeProperty]) {
        guard let scalar = peek else { throw PatternError(description: "has a [ without its ]") }
        index += 1
        return scalar == "\\" ? try escaped() : ([scalar.value...scalar.value], [])
    }

    private mutating func posixClass() throws(PatternError) -> [ClosedRange<UInt32>] {
        index += 2
        let isNegated = take("^")
        var name = ""
        while let scalar = peek, scalar != ":" {
            name.unicodeScalars.append(scalar)
            index += 1
        }
        guard take(":"), take("]"), let ranges = UnicodeProperty.posix[name] else {
            throw PatternError(description: "uses the class [:\(name):], which is not known")
        }
        return isNegated ? ScalarClass.complement(ranges) : ranges
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
}
