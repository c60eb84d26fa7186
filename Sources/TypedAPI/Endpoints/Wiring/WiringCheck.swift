import HTTPTypes
import JSON

/// Finds everything in an API that does not fit together.
struct WiringCheck {
    private(set) var problems: [String] = []

    init(_ api: API) {
        let names = api.schemes.map(\.name)
        for name in Set(names).sorted() where names.count(where: { $0 == name }) > 1 {
            problems.append("the security scheme \"\(name)\" is there twice")
        }
        for (index, endpoint) in api.endpoints.enumerated() {
            checkPath(endpoint)
            checkParameters(endpoint)
            for scheme in endpoint.security.schemes where !names.contains(scheme) {
                report(endpoint, "asks for the security scheme \"\(scheme)\", and the API has \(list(names))")
            }
            for problem in endpoint.operation.exampleProblems { report(endpoint, problem) }
            for earlier in api.endpoints[..<index] {
                if earlier.operation.id == endpoint.operation.id {
                    report(endpoint, "has the id of \(earlier.title); each needs one of its own")
                }
                if earlier.method == endpoint.method, earlier.template.matchesSame(as: endpoint.template) {
                    report(endpoint, "has the method and path of \(earlier.title)")
                } else if endpoint.template.matchesSame(as: earlier.template), endpoint.template.names != earlier.template.names {
                    report(endpoint, "calls the parameters of its path otherwise than \(earlier.title) does")
                }
            }
        }
        checkErrors(api)
    }

    private mutating func report(_ endpoint: WiredEndpoint, _ problem: String) { problems.append("\(endpoint.title): \(problem)") }

    private func list(_ names: [String]) -> String { names.isEmpty ? "none" : names.map { "\"\($0)\"" }.joined(separator: ", ") }

    private mutating func checkPath(_ endpoint: WiredEndpoint) {
        for complaint in endpoint.template.complaints { report(endpoint, complaint) }
        if !Self.isName(endpoint.operation.id) { report(endpoint, "its id is no name that a program could give a function") }
        var catalog = SchemaCatalog(prefix: "")
        let own = endpoint.operation.pathSchema(in: &catalog)
        let ofGroups = endpoint.parameters.flatMap { $0(&catalog)["properties"]?.object?.keys ?? [] }
        let declared = own["properties"]?.object?.keys ?? []
        let named = endpoint.template.names
        for name in named where !declared.contains(name) && !ofGroups.contains(name) {
            report(endpoint, "its path has {\(name)}, and no type of parameters has that field")
        }
        for name in declared where !named.contains(name) {
            report(endpoint, "the type of its parameters has \"\(name)\", and its path has no {\(name)}")
        }
        for name in ofGroups where !named.contains(name) {
            report(endpoint, "the type of its group's parameters has \"\(name)\", and its path has no {\(name)}")
        }
        let required = own["required"]?.array?.compactMap(\.string) ?? []
        for name in declared where !required.contains(name) {
            report(endpoint, "the parameter \"\(name)\" of its path is optional, and a path always has it")
        }
    }

    /// Text cannot hold objects, and the names of headers are compared in lower case.
    private mutating func checkParameters(_ endpoint: WiredEndpoint) {
        var catalog = SchemaCatalog(prefix: "")
        let parts = [
            ("path", endpoint.operation.pathSchema(in: &catalog)), ("query", endpoint.operation.querySchema(in: &catalog)),
            ("header", endpoint.operation.headersSchema(in: &catalog)),
        ]
        for (part, schema) in parts {
            for (name, property) in schema["properties"]?.object ?? [:] {
                if isObject(property, catalog) { report(endpoint, "the \(part) parameter \"\(name)\" is an object, which text cannot be") }
                guard part == "header" else { continue }
                if name != name.lowercased() {
                    report(endpoint, "the header \"\(name)\" has to be named in lower case: @Field(\"\(name.lowercased())\")")
                } else if HTTPField.Name(name) == nil {
                    report(endpoint, "\"\(name)\" cannot be the name of a header")
                }
            }
        }
    }

    private func isObject(_ schema: JSONValue, _ catalog: SchemaCatalog) -> Bool {
        if let reference = schema["$ref"]?.string { return isObject(catalog.definitions[reference] ?? .null, SchemaCatalog(prefix: "")) }
        return schema["type"] == "object" || schema["oneOf"] != nil
            || (schema["anyOf"]?.array ?? []).contains { isObject($0, catalog) }
            || schema["items"].map { isObject($0, catalog) } ?? false
    }

    /// A code is a promise: it cannot mean two things.
    private mutating func checkErrors(_ api: API) {
        var known: [String: ProblemType] = [:]
        for type in api.errors + api.endpoints.flatMap(\.errors) {
            if let other = known[type.code], other != type, other.status == type.status {
                problems.append("the error code \"\(type.code)\" is declared in two ways")
            }
            known[type.code] = type
        }
    }

    private static func isName(_ id: String) -> Bool {
        guard let first = id.utf8.first, !(48...57).contains(first) else { return false }
        return id.utf8.allSatisfy { (48...57).contains($0) || (65...90).contains($0) || (97...122).contains($0) || $0 == 95 || $0 == 45 }
    }
}
