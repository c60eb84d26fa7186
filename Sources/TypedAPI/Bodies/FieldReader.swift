public import JSON
public import Primitives

/// Reads the members of one JSON object into values and collects everything that is wrong with them.
///
/// Each method notes its member as known and returns nil when it is absent or wrong; ``finish()`` throws once, with every problem,
/// unknown members among them.
public struct FieldReader {
    /// More are not told: the answer would grow with whatever nonsense came in.
    static let maximumErrors = 100

    private let object: RawJSONObject
    private let path: String
    private var known: Set<String> = []
    public private(set) var errors: [FieldError] = []

    /// - Parameter path: RFC 6901 pointer of the object itself; empty for the whole body.
    public init(_ object: RawJSONObject, at path: String = "") {
        self.object = object
        self.path = path
    }

    /// Whether the member is there, `null` included.
    public func has(_ name: String) -> Bool { object[name] != nil }

    public mutating func fail(_ name: String, code: String, _ message: String) {
        guard errors.count < Self.maximumErrors else { return }
        errors.append(FieldError(.pointer("\(path)/\(name)"), code: code, message: message))
    }

    /// The member's own text, for what is passed on verbatim.
    public mutating func raw(_ name: String, required: Bool = false) -> RawJSON? {
        known.insert(name)
        guard let value = object[name] else {
            if required { fail(name, code: "required", "Is required.") }
            return nil
        }
        return value
    }

    public mutating func string(
        _ name: String, required: Bool = false, length: ClosedRange<Int>, matching rule: (check: (String) -> Bool, message: String)? = nil
    ) -> String? {
        guard let value = value(name, required: required) else { return nil }
        guard let text = value.string else {
            fail(name, code: "type", "Must be a string.")
            return nil
        }
        guard length.contains(text.unicodeScalars.count) else {
            fail(name, code: "length", "Must have \(length.lowerBound) to \(length.upperBound) characters.")
            return nil
        }
        if let rule, !rule.check(text) {
            fail(name, code: "format", rule.message)
            return nil
        }
        return text
    }

    public mutating func integer(_ name: String, required: Bool = false, in range: ClosedRange<Int>) -> Int? {
        guard let value = value(name, required: required) else { return nil }
        guard let number = value.int else {
            fail(name, code: "type", "Must be a whole number.")
            return nil
        }
        guard range.contains(number) else {
            fail(name, code: "range", "Must be from \(range.lowerBound) to \(range.upperBound).")
            return nil
        }
        return number
    }

    /// An ISO 8601 duration of fixed length.
    public mutating func duration(_ name: String, required: Bool = false, in range: ClosedRange<Duration>) -> Duration? {
        guard let text = string(name, required: required, length: 1...64) else { return nil }
        guard let duration = Duration(iso8601: text) else {
            fail(name, code: "format", "Must be an ISO 8601 duration in weeks, days, hours, minutes and seconds, such as PT5M.")
            return nil
        }
        guard range.contains(duration) else {
            fail(name, code: "range", "Must be from \(range.lowerBound.iso8601) to \(range.upperBound.iso8601).")
            return nil
        }
        return duration
    }

    public mutating func timestamp(_ name: String, required: Bool = false) -> Timestamp? {
        guard let text = string(name, required: required, length: 1...64) else { return nil }
        guard let time = Timestamp(rfc3339: text) else {
            fail(name, code: "format", "Must be an RFC 3339 date and time, such as 2026-11-22T10:00:00Z.")
            return nil
        }
        return time
    }

    public mutating func choice<Choice: RawRepresentable & CaseIterable>(_ name: String, of type: Choice.Type, required: Bool = false)
        -> Choice?
    where Choice.RawValue == String {
        guard let text = string(name, required: required, length: 0...128) else { return nil }
        guard let choice = Choice(rawValue: text) else {
            fail(name, code: "choice", "Must be one of: \(Choice.allCases.map(\.rawValue).joined(separator: ", ")).")
            return nil
        }
        return choice
    }

    /// A list of strings, each a value of its own kind.
    public mutating func strings<Element>(
        _ name: String, required: Bool = false, count: ClosedRange<Int>, message: String, _ parse: (String) -> Element?
    ) -> [Element]? {
        guard let value = value(name, required: required) else { return nil }
        guard let array = value.array else {
            fail(name, code: "type", "Must be a list.")
            return nil
        }
        guard count.contains(array.count) else {
            fail(name, code: "count", "Must have \(count.lowerBound) to \(count.upperBound) elements.")
            return nil
        }
        var elements: [Element] = []
        for (index, element) in array.enumerated() {
            if let parsed = element.string.flatMap(parse) {
                elements.append(parsed)
            } else {
                fail("\(name)/\(index)", code: "format", message)
            }
        }
        return elements.count == array.count ? elements : nil
    }

    /// A nested object; what is wrong inside it counts as wrong here.
    public mutating func object<Value>(_ name: String, required: Bool = false, _ read: (inout FieldReader) -> Value?) -> Value? {
        guard let raw = raw(name, required: required) else { return nil }
        guard let nested = try? RawJSONObject(parsing: raw.bytes) else {
            fail(name, code: "type", "Must be an object.")
            return nil
        }
        var reader = FieldReader(nested, at: "\(path)/\(name)")
        let value = read(&reader)
        reader.refuseUnknown()
        errors += reader.errors
        return reader.errors.isEmpty ? value : nil
    }

    /// Throws ``Problem`` `validation_failed` when anything was wrong.
    public mutating func finish() throws {
        refuseUnknown()
        guard errors.isEmpty else {
            throw Problem(
                .validationFailed,
                detail: errors.count == 1 ? "One value is not acceptable." : "\(errors.count) values are not acceptable.",
                errors: errors)
        }
    }

    private mutating func refuseUnknown() {
        for (name, _) in object.members where !known.contains(name) {
            let escaped = String(name.prefix(64)).replacing("~", with: "~0").replacing("/", with: "~1")
            fail(escaped, code: "unknown", "Is not a member of this request.")
        }
    }

    private mutating func value(_ name: String, required: Bool) -> JSONValue? {
        guard let raw = raw(name, required: required) else { return nil }
        // The text was validated with the whole body, so it parses.
        guard let value = try? JSONValue(parsing: raw.bytes) else { return nil }
        if value.isNull {
            fail(name, code: "type", "Must not be null.")
            return nil
        }
        return value
    }
}
