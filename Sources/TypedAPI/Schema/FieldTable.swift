public import JSON

/// The members of a declared object, in the order of their declaration.
public struct FieldTable: Sendable {
    let names: JSONNames
    /// A bit for each member that must be there.
    let required: UInt64

    public init(_ names: [StaticString], required: UInt64) {
        self.names = JSONNames(names)
        self.required = required
    }
}

/// What happens to members nobody declared.
public enum UnknownFields: Hashable, Sendable {
    /// Each is an issue.
    case reject
    /// They are skipped.
    case strip
    /// They go into the field with `@Field(.unknownMembers)`.
    case keep
}

extension SchemaReader {
    /// Reads an object, calling `read` at each declared member's value with its place in the table.
    ///
    /// - Parameter unknown: Nil is what the dialect says. With `.keep`, `read` is called with -1 at the value of a member that
    ///   ``unknownName`` names.
    /// - Returns: Whether everything in it was acceptable.
    public mutating func object(
        _ fields: FieldTable, unknown: UnknownFields?, _ read: (Int, inout SchemaReader) throws(JSONError) -> Void
    ) throws(JSONError) -> Bool {
        let tag = tag
        self.tag = nil
        guard try json.nextToken() == UInt8(ascii: "{") else {
            try refuseType("an object")
            return false
        }
        try json.countValue()
        let start = failures
        var seen: UInt64 = 0
        if try json.enter(closing: UInt8(ascii: "}")) {
            var expected = 0
            var count = 0
            var undeclared: Set<String> = []
            repeat {
                count += 1
                guard count <= json.limits.members else { throw JSONError(code: .tooManyMembers, offset: json.offset) }
                if let index = try json.readName(of: fields.names, expecting: expected) {
                    expected = index + 1
                    try member(index, of: fields, seen: &seen, read)
                    continue
                }
                let name = try json.readName()
                if let index = fields.names.index(of: name) {  // written with escapes
                    try member(index, of: fields, seen: &seen, read)
                } else if !undeclared.insert(name).inserted {
                    try refuseDuplicate(name)
                } else if name == tag {
                    try json.skipValue()
                } else {
                    try undeclaredMember(name, unknown ?? unknownFields, read)
                }
            } while try json.nextElement(closing: UInt8(ascii: "}"))
        }
        let missing = fields.required & ~seen
        if missing != 0 { refuseMissing(missing, of: fields) }
        return failures == start
    }

    @inline(__always)
    private mutating func member(
        _ index: Int, of fields: FieldTable, seen: inout UInt64, _ read: (Int, inout SchemaReader) throws(JSONError) -> Void
    ) throws(JSONError) {
        let bit: UInt64 = 1 << UInt64(index)
        guard seen & bit == 0 else { return try refuseDuplicate(fields.names[index]) }
        seen |= bit
        let mark = mark
        try read(index, &self)
        if failures != mark.failures { prefixIssues(since: mark, with: Issue.step(fields.names[index])) }
    }

    private mutating func undeclaredMember(
        _ name: String, _ unknown: UnknownFields, _ read: (Int, inout SchemaReader) throws(JSONError) -> Void
    ) throws(JSONError) {
        let mark = mark
        switch unknown {
        case .reject:
            try json.skipValue()
            fail(.unknown, coerces ? "Is not a parameter of this request." : "Is not a member of this object.")
        case .strip: try json.skipValue()
        case .keep:
            unknownName = name
            try read(-1, &self)
        }
        if failures != mark.failures { prefixIssues(since: mark, with: Issue.step(name)) }
    }

    private mutating func refuseDuplicate(_ name: String) throws(JSONError) {
        let mark = mark
        try json.skipValue()
        fail(.duplicate, "Must be there only once.")
        prefixIssues(since: mark, with: Issue.step(name))
    }

    private mutating func refuseMissing(_ missing: UInt64, of fields: FieldTable) {
        for index in 0..<fields.names.count where missing & (1 << UInt64(index)) != 0 {
            let mark = mark
            fail(.required, "Is required.")
            prefixIssues(since: mark, with: Issue.step(fields.names[index]))
        }
    }

    /// Reads the value of a member nobody declared into the field that keeps them.
    public mutating func keep<Value: SchemaValue>(in members: inout [String: Value]) throws(JSONError) {
        let name = unknownName  // what is read below changes it
        members[name] = try Value.read(from: &self)
    }

    public mutating func keep(in members: inout JSONObject) throws(JSONError) {
        let name = unknownName
        members[name] = try json.readValue()
    }

    // MARK: - Choices

    /// Reads the raw value of an enumeration.
    public mutating func rawValue<Choice: RawRepresentable>(_ allowed: [Choice]) throws(JSONError) -> Choice?
    where Choice.RawValue: SchemaValue {
        guard let raw = try Choice.RawValue.read(from: &self) else { return nil }
        if let choice = Choice(rawValue: raw) { return choice }
        let values = allowed.map { $0.rawValue.jsonValue() }
        let words = values.map { $0.text() }.joined(separator: ", ")
        fail(.choice, "Must be one of: \(words).", ["allowed": .array(values)])
        return nil
    }

    /// Reads a string that has to be one of `names`: its place among them.
    public mutating func choice(_ names: JSONNames) throws(JSONError) -> Int? {
        guard let text = try string() else { return nil }
        if let index = names.index(of: text) { return index }
        refuseChoice(names)
        return nil
    }

    /// Looks ahead for the member that tells which case of a union the object is, wherever it stands; consumes nothing unless it fails.
    public mutating func variant(_ tag: StaticString, of names: JSONNames) throws(JSONError) -> Int? {
        guard try json.nextToken() == UInt8(ascii: "{") else {
            try refuseType("an object")
            return nil
        }
        let step = Issue.step(tag.description)
        let mark = mark
        switch try lookAhead(for: tag) {
        case .text(let text):
            if let index = names.index(of: text) {
                self.tag = tag.description
                return index
            }
            refuseChoice(names)
        case .other: fail(.type, "Must be a string.", ["expected": "a string"])
        case nil: fail(.required, "Is required.")
        }
        prefixIssues(since: mark, with: step)
        try json.skipValue()
        return nil
    }

    private enum Tag {
        case text(String), other
    }

    private func lookAhead(for tag: StaticString) throws(JSONError) -> Tag? {
        var ahead = json
        let names = JSONNames([tag])
        guard try ahead.enter(closing: UInt8(ascii: "}")) else { return nil }
        repeat {
            var isTag = try ahead.readName(of: names, expecting: 0) != nil
            if !isTag { isTag = names.index(of: try ahead.readName()) != nil }
            if isTag { return try ahead.nextToken() == UInt8(ascii: "\"") ? .text(try ahead.readString()) : .other }
            try ahead.skipValue()
        } while try ahead.nextElement(closing: UInt8(ascii: "}"))
        return nil
    }

    private mutating func refuseChoice(_ names: JSONNames) {
        let allowed = (0..<names.count).map { names[$0] }
        fail(.choice, "Must be one of: \(allowed.joined(separator: ", ")).", ["allowed": .array(allowed.map(JSONValue.string))])
    }
}
