import HTTPTypes
import JSON

/// The document of an API while it is put together.
///
/// What is read and what is written are described apart: a member with a default may be left out of a request and is in every answer. A
/// type that looks the same both ways is one component, otherwise the form that is read has `Input` behind its name.
struct OpenAPIDraft {
    private(set) var json: JSONValue = .null
    private(set) var problems: [String] = []
    private let api: API
    private var input = SchemaCatalog(prefix: ComponentNames.inputPrefix)
    private var output = SchemaCatalog(prefix: ComponentNames.outputPrefix, refusesUnknown: false, direction: .output)

    init(_ api: API) {
        self.api = api
        var paths = JSONObject()
        for endpoint in api.endpoints {
            let path = endpoint.template.description
            var item = paths[path]?.object ?? [:]
            item[endpoint.method.rawValue.lowercased()] = .object(describe(endpoint))
            paths[path] = .object(item)
        }
        let names = ComponentNames(input: input.definitions, output: output.definitions)
        for name in Set(input.conflicts + output.conflicts).sorted() {
            problems.append(SchemaNameConflict(name: name).description)
        }
        for name in names.conflicts {
            problems.append("the form of \(name) that is read would be called \(name)Input, as another type is; say @Schema(name:) on one")
        }
        var components: JSONObject = ["schemas": .object(names.components)]
        if !api.schemes.isEmpty {
            components["securitySchemes"] = .object(api.schemes.reduce(into: JSONObject()) { $0[$1.name] = .object($1.json) })
        }
        var document: JSONObject = ["openapi": "3.1.0", "info": .object(info)]
        if !api.info.servers.isEmpty { document["servers"] = .array(api.info.servers.map { ["url": .string($0)] }) }
        if !tags.isEmpty { document["tags"] = .array(tags) }
        document["paths"] = names.resolved(.object(paths))
        document["components"] = .object(components)
        json = .object(document)
    }

    private var info: JSONObject {
        var info: JSONObject = ["title": .string(api.info.title), "version": .string(api.info.version)]
        if !api.info.description.isEmpty { info["description"] = .string(api.info.description) }
        return info
    }

    /// Those described, in their order, and behind them those that were not.
    private var tags: [JSONValue] {
        let described = api.info.tags.map { JSONValue.object(["name": .string($0.name), "description": .string($0.description)]) }
        var names = api.info.tags.map(\.name)
        var others: [JSONValue] = []
        for tag in api.endpoints.flatMap(\.tags) where !names.contains(tag) {
            names.append(tag)
            others.append(["name": .string(tag)])
        }
        return described + others
    }

    private mutating func describe(_ endpoint: WiredEndpoint) -> JSONObject {
        let operation = endpoint.operation
        var object: JSONObject = ["operationId": .string(operation.id), "summary": .string(operation.summary)]
        if !operation.description.isEmpty { object["description"] = .string(operation.description) }
        if !endpoint.tags.isEmpty { object["tags"] = .array(endpoint.tags.map(JSONValue.string)) }
        if operation.isDeprecated { object["deprecated"] = true }
        let parameters = parameters(of: endpoint)
        if !parameters.isEmpty { object["parameters"] = .array(parameters) }
        if operation.takesBody { object["requestBody"] = .object(body(of: endpoint)) }
        object["responses"] = .object(responses(of: endpoint, hasParameters: !parameters.isEmpty))
        object["security"] = endpoint.security.json(scopes: operation.scopes)
        return object
    }

    // MARK: - Requests

    private mutating func parameters(of endpoint: WiredEndpoint) -> [JSONValue] {
        let operation = endpoint.operation
        var ofPath: [String: JSONValue] = [:]
        for schema in endpoint.parameters.map({ $0(&input) }) + [operation.pathSchema(in: &input)] {
            for parameter in Self.parameters("path", schema) { ofPath[parameter["name"]?.string ?? ""] = parameter }
        }
        return endpoint.template.names.compactMap { ofPath[$0] }
            + Self.parameters("query", operation.querySchema(in: &input))
            + (endpoint.headers.map { $0(&input) } + [operation.headersSchema(in: &input)]).flatMap { Self.parameters("header", $0) }
    }

    private static func parameters(_ place: String, _ schema: JSONObject) -> [JSONValue] {
        let required = schema["required"]?.array ?? []
        return (schema["properties"]?.object ?? [:]).map { name, property in
            var schema = (property.object ?? [:]).withoutNull
            var parameter: JSONObject = [
                "name": .string(place == "header" ? headerName(name) : name), "in": .string(place),
                "required": .bool(place == "path" || required.contains(.string(name))),
            ]
            // They are the parameter's own, where documents show them.
            for keyword in ["description", "deprecated"] {
                parameter[keyword] = schema[keyword]
                schema[keyword] = nil
            }
            parameter["schema"] = .object(schema)
            return .object(parameter)
        }
    }

    /// `idempotency-key` as people write it.
    private static func headerName(_ name: String) -> String {
        name.split(separator: "-", omittingEmptySubsequences: false).map { $0.prefix(1).uppercased() + $0.dropFirst() }.joined(
            separator: "-")
    }

    private mutating func body(of endpoint: WiredEndpoint) -> JSONObject {
        let operation = endpoint.operation
        var content = JSONObject()
        for type in operation.upload { content[type] = [:] }
        if let schema = operation.bodySchema(in: &input) {
            var media: JSONObject = ["schema": .object(operation.requiresBody ? schema : schema.withoutNull)]
            media["example"] = operation.example
            if endpoint.dialect.bodyForms.contains(.json) { content["application/json"] = .object(media) }
            if endpoint.dialect.bodyForms.contains(.form) { content["application/x-www-form-urlencoded"] = .object(media) }
        }
        return ["required": .bool(operation.requiresBody), "content": .object(content)]
    }

    // MARK: - Responses

    private mutating func responses(of endpoint: WiredEndpoint, hasParameters: Bool) -> JSONObject {
        var responses = JSONObject()
        let successes = endpoint.operation.responses(in: &output)
        for success in successes {
            let status = String(success.status)
            responses[status] = .object(merge(success, into: responses[status]?.object, example: endpoint.operation.answer))
        }
        let format = endpoint.dialect.errors
        let refusals = format.errors(
            of: endpoint.operation, dialect: endpoint.dialect, hasMediaTypes: successes.contains { $0.mediaType != nil },
            hasParameters: hasParameters)
        var errors: [ProblemType] = []
        for error in endpoint.errors + refusals + api.errors
        where !errors.contains(where: { $0.code == error.code && $0.status == error.status }) {
            errors.append(error)
        }
        let schema = format.schema(&output)
        for (status, types) in Dictionary(grouping: errors, by: \.status.code).sorted(by: { $0.key < $1.key }) {
            let examples = types.reduce(into: JSONObject()) { examples, type in
                examples[type.code] = [
                    "summary": .string(type.title), "value": format.example(type, api.info.servers.first ?? ""),
                ]
            }
            let words = types.map { "`\($0.code)`: \($0.title). \($0.explanation)" }
            responses[String(status)] = [
                "description": .string(words.count == 1 ? words[0] : words.map { "- \($0)" }.joined(separator: "\n")),
                "content": .object([format.mediaType: ["schema": .object(schema), "examples": .object(examples)]]),
            ]
        }
        return responses
    }

    private func merge(_ response: ResponseDescription, into earlier: JSONObject?, example: JSONValue?) -> JSONObject {
        var object = earlier ?? ["description": .string(response.description)]
        var headers = object["headers"]?.object ?? [:]
        for header in response.headers { headers[header.name] = .object(header.json) }
        if !headers.isEmpty { object["headers"] = .object(headers) }
        guard let mediaType = response.mediaType else { return object }
        var content = object["content"]?.object ?? [:]
        var media: JSONObject = [:]
        if let schema = response.schema {
            let other = content[mediaType]?["schema"]
            media["schema"] = other.map { $0 == .object(schema) ? $0 : ["anyOf": [$0, .object(schema)]] } ?? .object(schema)
        }
        if mediaType == "application/json" { media["example"] = example }
        content[mediaType] = .object(media)
        object["content"] = .object(content)
        return object
    }
}

extension JSONObject {
    /// Parameters are text, and there is no text for null.
    fileprivate var withoutNull: JSONObject {
        if let choices = self["anyOf"]?.array, choices.count == 2, choices[1] == ["type": "null"], let first = choices[0].object {
            var schema = first
            for (key, value) in self where key != "anyOf" { schema[key] = value }
            return schema
        }
        var schema = self
        if let types = self["type"]?.array {
            let others = types.filter { $0 != "null" }
            schema["type"] = others.count == 1 ? others[0] : .array(others)
        }
        if let allowed = self["enum"]?.array { schema["enum"] = .array(allowed.filter { !$0.isNull }) }
        if self["default"] == .some(.null) { schema["default"] = nil }
        return schema
    }
}
