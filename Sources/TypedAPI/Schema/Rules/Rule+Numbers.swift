public import JSON

#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

extension Rule where Value: SchemaValue & Comparable {
    /// A number, time or duration within bounds.
    @inlinable public static func range(_ range: some SchemaRange<Value>) -> Rule {
        let bounds = range.bounds
        return Rule(keywords(bounds), code: .range, message: message(bounds), parameters: parameters(bounds)) { bounds.contains($0) }
    }

    @usableFromInline static func keywords(_ bounds: Bounds<Value>) -> JSONObject {
        var keywords: JSONObject = [:]
        keywords["minimum"] = bounds.lower.flatMap { number($0) }
        keywords[bounds.excludesUpper ? "exclusiveMaximum" : "maximum"] = bounds.upper.flatMap { number($0) }
        return keywords
    }

    @usableFromInline static func parameters(_ bounds: Bounds<Value>) -> JSONObject {
        var parameters: JSONObject = [:]
        parameters["minimum"] = bounds.lower?.jsonValue()
        parameters["maximum"] = bounds.upper?.jsonValue()
        return parameters
    }

    @usableFromInline static func message(_ bounds: Bounds<Value>) -> String { "Must be \(bounds.words(words))." }

    public static func greater(than limit: Value) -> Rule {
        var keywords: JSONObject = [:]
        keywords["exclusiveMinimum"] = number(limit)
        return Rule(
            keywords, code: .range, message: "Must be greater than \(words(limit)).", parameters: ["minimum": limit.jsonValue()]
        ) { $0 > limit }
    }

    public static func less(than limit: Value) -> Rule { range(..<limit) }

    /// Keywords of JSON Schema compare numbers alone.
    private static func number(_ value: Value) -> JSONValue? {
        if let decimal = value as? Decimal { return (try? JSONValue(parsing: decimal.description)) }
        if case .number(let number) = value.jsonValue() { return .number(number) }
        return nil
    }

    @Sendable private static func words(_ value: Value) -> String {
        let json = value.jsonValue()
        return json.string ?? json.text()
    }
}

extension Rule where Value: SchemaInteger {
    public static func multiple(of divisor: Value) -> Rule {
        precondition(divisor > 0, "a multiple is of a number greater than zero")
        return Rule(
            ["multipleOf": divisor.jsonValue()], code: .multiple, message: "Must be a multiple of \(divisor).",
            parameters: ["divisor": divisor.jsonValue()]
        ) { $0 % divisor == 0 }
    }
}

extension Rule where Value == Double {
    /// Decimal digits decide, not the binary remainder: 0.3 is a multiple of 0.1.
    public static func multiple(of divisor: Double) -> Rule {
        precondition(divisor > 0 && divisor.isFinite, "a multiple is of a number greater than zero")
        return Rule(
            ["multipleOf": .number(divisor)], code: .multiple, message: "Must be a multiple of \(divisor).",
            parameters: ["divisor": .number(divisor)]
        ) { value in
            let quotient = value / divisor
            return abs(quotient - quotient.rounded()) <= abs(quotient) * 4 * .ulpOfOne
        }
    }
}

extension Rule where Value == Decimal {
    public static func multiple(of divisor: Decimal) -> Rule {
        precondition(divisor > 0, "a multiple is of a number greater than zero")
        return Rule([:], code: .multiple, message: "Must be a multiple of \(divisor).", parameters: ["divisor": .string("\(divisor)")]) {
            let quotient = $0 / divisor
            return quotient * divisor == $0 && ExactDecimal(literal: quotient.description)?.wholeNumber != nil
        }
    }
}
