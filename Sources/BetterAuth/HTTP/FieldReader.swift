import JSON

/// Reads the fields of a body or query, collecting every problem in better-auth's words before the first is thrown.
struct FieldReader {
    private let object: JSONObject
    private let place: String
    private let coercesTexts: Bool
    private var problems: [String] = []

    /// - Throws: When the body is absent or no object.
    init(body call: AuthCall) throws {
        guard let object = call.body?.object else {
            throw Self.failure(["[body] Invalid input: expected object, received \(Self.kind(of: call.body))"])
        }
        self.object = object
        self.place = "body"
        self.coercesTexts = call.isForm
    }

    /// For endpoints whose whole body may be left out.
    init(optionalBody call: AuthCall) throws {
        if call.body == nil {
            self.init(object: [:], place: "body", coercesTexts: false)
        } else {
            try self.init(body: call)
        }
    }

    init(query call: AuthCall) {
        self.init(object: call.query.object, place: "query", coercesTexts: true)
    }

    private init(object: JSONObject, place: String, coercesTexts: Bool) {
        self.object = object
        self.place = place
        self.coercesTexts = coercesTexts
    }

    /// A field as it came, unchecked.
    func raw(_ name: String) -> JSONValue? { object[name] }

    /// A required text; empty after a problem, which ``finish()`` throws.
    mutating func string(_ name: String, minimumLength: Int = 0) -> String {
        guard let text = object[name]?.string else {
            report(name, "Invalid input: expected string, received \(Self.kind(of: object[name]))")
            return ""
        }
        checkLength(text, name, minimumLength)
        return text
    }

    mutating func optionalString(_ name: String, orNull: Bool = false, minimumLength: Int = 0) -> String? {
        guard let value = object[name], !(orNull && value.isNull) else { return nil }
        guard let text = value.string else {
            report(name, "Invalid input: expected string, received \(Self.kind(of: value))")
            return nil
        }
        checkLength(text, name, minimumLength)
        return text
    }

    mutating func email(_ name: String) -> EmailAddress? {
        guard let text = object[name]?.string else {
            report(name, "Invalid input: expected string, received \(Self.kind(of: object[name]))")
            return nil
        }
        guard let email = EmailAddress(text) else {
            report(name, "Invalid email address")
            return nil
        }
        return email
    }

    mutating func optionalBool(_ name: String) -> Bool? {
        guard let value = object[name] else { return nil }
        if let bool = value.bool { return bool }
        if coercesTexts, let text = value.string, text == "true" || text == "false" { return text == "true" }
        report(name, "Invalid input: expected boolean, received \(Self.kind(of: value))")
        return nil
    }

    /// A number of at least `minimum`.
    mutating func optionalNumber(_ name: String, orNull: Bool = false, minimum: Double) -> Double? {
        guard let value = object[name], !(orNull && value.isNull) else { return nil }
        let number = value.double ?? (coercesTexts ? value.string.flatMap(Double.init) : nil)
        guard let number, number.isFinite else {
            report(name, "Invalid input: expected number, received \(Self.kind(of: value))")
            return nil
        }
        guard number >= minimum else {
            report(name, "Too small: expected number to be >=\(Int(minimum))")
            return nil
        }
        return number
    }

    /// A whole number of at least `minimum`.
    mutating func optionalInt(_ name: String, minimum: Int = 0) -> Int? {
        guard let number = optionalNumber(name, minimum: Double(minimum)) else { return nil }
        guard let whole = Int(exactly: number), whole <= Int(Int32.max) else {
            report(name, "Invalid input: expected int, received number")
            return nil
        }
        return whole
    }

    /// JSON text of an object.
    mutating func optionalObject(_ name: String) -> JSONValue? {
        guard let value = object[name] else { return nil }
        guard value.object != nil else {
            report(name, "Invalid input: expected record, received \(Self.kind(of: value))")
            return nil
        }
        return value
    }

    mutating func optionalChoice<Choice: RawRepresentable<String>>(_ name: String, _ type: Choice.Type) -> Choice? {
        guard let value = object[name] else { return nil }
        guard let choice = value.string.flatMap(Choice.init) else {
            report(name, "Invalid input")
            return nil
        }
        return choice
    }

    mutating func report(_ name: String, _ problem: String) { problems.append("[\(place).\(name)] \(problem)") }

    /// Throws all problems found so far as one error.
    func finish() throws {
        guard problems.isEmpty else { throw Self.failure(problems) }
    }

    private mutating func checkLength(_ text: String, _ name: String, _ minimum: Int) {
        if text.utf16.count < minimum { report(name, "Too small: expected string to have >=\(minimum) characters") }
    }

    private static func failure(_ problems: [String]) -> AuthError {
        AuthError(.badRequest, .validation, message: problems.joined(separator: "; "))
    }

    private static func kind(of value: JSONValue?) -> String {
        switch value {
        case nil: "undefined"
        case .null: "null"
        case .bool: "boolean"
        case .number: "number"
        case .string: "string"
        case .array: "array"
        case .object: "object"
        }
    }
}
