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
}
