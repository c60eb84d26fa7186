public import HTTPTypes

extension HTTPFields {
    /// What `self[name]` says, for less when there is one field of that name, as there nearly always is.
    public func value(of name: HTTPField.Name) -> String? {
        var found: String?
        for field in self where field.name == name {
            guard found == nil else { return self[name] }
            found = field.value
        }
        return found
    }

    /// Adds a name to `Vary`, unless it is there. What an answer varies on already stays.
    @usableFromInline mutating func addVary(_ name: String) {
        let isThere = contains { field in
            field.name == .vary
                && field.value.split(separator: ",").contains { entry in
                    let entry = FieldText.trimmed(entry)
                    return entry == "*" || entry.lowercased() == name.lowercased()
                }
        }
        if !isThere { append(HTTPField(name: .vary, value: name)) }
    }
}
