/// A range with one bound or both, as a rule takes it: `1...200`, `1...`, `...200`, `0..<1`, `..<1`.
public protocol SchemaRange<Bound> {
    associatedtype Bound: Comparable

    var bounds: Bounds<Bound> { get }
}

public struct Bounds<Bound: Comparable> {
    @usableFromInline let lower: Bound?
    @usableFromInline let upper: Bound?
    @usableFromInline let excludesUpper: Bool

    init(lower: Bound? = nil, upper: Bound? = nil, excludesUpper: Bool = false) {
        self.lower = lower
        self.upper = upper
        self.excludesUpper = excludesUpper
    }

    @inlinable func contains(_ value: Bound) -> Bool {
        if let lower, !(value >= lower) { return false }
        guard let upper else { return true }
        return excludesUpper ? value < upper : value <= upper
    }

    /// `from 1 to 200`, `at least 1`, `less than 10`.
    func words(_ text: (Bound) -> String) -> String {
        switch (lower, upper, excludesUpper) {
        case (let lower?, let upper?, false) where lower == upper: "exactly \(text(lower))"
        case (let lower?, let upper?, false): "from \(text(lower)) to \(text(upper))"
        case (let lower?, let upper?, true): "at least \(text(lower)) and less than \(text(upper))"
        case (let lower?, nil, _): "at least \(text(lower))"
        case (nil, let upper?, false): "at most \(text(upper))"
        case (nil, let upper?, true): "less than \(text(upper))"
        case (nil, nil, _): "anything"
        }
    }
}

extension ClosedRange: SchemaRange {
    public var bounds: Bounds<Bound> { Bounds(lower: lowerBound, upper: upperBound) }
}

extension Range: SchemaRange {
    public var bounds: Bounds<Bound> { Bounds(lower: lowerBound, upper: upperBound, excludesUpper: true) }
}

extension PartialRangeFrom: SchemaRange {
    public var bounds: Bounds<Bound> { Bounds(lower: lowerBound) }
}

extension PartialRangeThrough: SchemaRange {
    public var bounds: Bounds<Bound> { Bounds(upper: upperBound) }
}

extension PartialRangeUpTo: SchemaRange {
    public var bounds: Bounds<Bound> { Bounds(upper: upperBound, excludesUpper: true) }
}

extension Bounds: Sendable where Bound: Sendable {}

/// A count of characters or elements.
extension Bounds<Int> {
    /// The largest that is allowed.
    var maximum: Int? { upper.map { excludesUpper ? $0 - 1 : $0 } }

    func keywords(_ what: String) -> [(String, Int)] {
        [("min\(what)", lower == 0 ? nil : lower), ("max\(what)", maximum)].compactMap { name, value in value.map { (name, $0) } }
    }
}
