public import JSON

extension Rule {
    /// Elements of a list.
    public static func count<Element: Sendable>(_ range: some SchemaRange<Int>) -> Rule where Value == [Element] {
        counting("Items", "elements", range.bounds) { $0.count }
    }

    public static func count<Element: Sendable>(_ exact: Int) -> Rule where Value == [Element] { count(exact...exact) }

    /// Members of a map.
    public static func count<Element: Sendable>(_ range: some SchemaRange<Int>) -> Rule where Value == [String: Element] {
        counting("Properties", "members", range.bounds) { $0.count }
    }

    public static func count<Element: Sendable>(_ exact: Int) -> Rule where Value == [String: Element] { count(exact...exact) }

    private static func counting(
        _ keyword: String, _ what: String, _ bounds: Bounds<Int>, _ count: @escaping @Sendable (Value) -> Int
    ) -> Rule {
        Rule(
            JSONObject(counts: bounds.keywords(keyword)), code: .count, message: "Must have \(bounds.words { "\($0)" }) \(what).",
            parameters: JSONObject(counts: bounds.keywords("imum"))
        ) { bounds.contains(count($0)) }
    }

    /// No element twice; the issue names each that was there before.
    @inlinable public static func unique<Element: Sendable & Hashable>() -> Rule where Value == [Element] {
        Rule(["uniqueItems": true]) { elements, reader in
            var seen: Set<Element> = []
            seen.reserveCapacity(elements.count)
            for (index, element) in elements.enumerated() where !seen.insert(element).inserted {
                let mark = reader.mark
                reader.fail(.unique, "Is there more than once.")
                reader.prefixIssues(since: mark, with: "/\(index)")
            }
        }
    }

    /// Rules of each element of a list.
    @inlinable public static func each<Element: Sendable>(_ rules: Rule<Element>...) -> Rule where Value == [Element] {
        let rules = Rules(rules)
        return Rule(rules.keywords.isEmpty ? [:] : ["items": .object(rules.keywords)]) { elements, reader in
            for index in elements.indices {
                let mark = reader.mark
                rules.apply(to: &elements[index], in: &reader)
                if reader.failures != mark.failures { reader.prefixIssues(since: mark, with: "/\(index)") }
            }
        }
    }

    /// Rules of each value of a map.
    @inlinable public static func each<Element: Sendable>(_ rules: Rule<Element>...) -> Rule where Value == [String: Element] {
        let rules = Rules(rules)
        return Rule(rules.keywords.isEmpty ? [:] : ["additionalProperties": .object(rules.keywords)]) { members, reader in
            for name in members.keys.sorted() {
                guard var value = members[name] else { continue }
                let mark = reader.mark
                rules.apply(to: &value, in: &reader)
                members[name] = value
                if reader.failures != mark.failures { reader.prefixIssues(since: mark, with: Issue.step(name)) }
            }
        }
    }

    /// Rules of each name of a map.
    public static func keys<Element: Sendable>(_ rules: Rule<String>...) -> Rule where Value == [String: Element] {
        let rules = Rules(rules)
        return Rule(["propertyNames": .object(rules.keywords)]) { members, reader in
            for name in members.keys.sorted() {
                let mark = reader.mark
                var checked = name
                rules.apply(to: &checked, in: &reader)
                if reader.failures != mark.failures { reader.prefixIssues(since: mark, with: Issue.step(name)) }
            }
        }
    }
}
