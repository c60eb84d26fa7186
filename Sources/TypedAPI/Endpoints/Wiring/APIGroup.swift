import HTTPTypes
public import Hummingbird
import JSON

/// Endpoints below one path that share who may call them, their middleware, and their dialect.
public struct APIGroup<Context: RequestContext> {
    let api: API
    let routes: RouterGroup<Context>
    /// Without slashes at its ends.
    let path: String
    let parameters: [(inout SchemaCatalog) -> JSONObject]
    let headers: [(inout SchemaCatalog) -> JSONObject]
    let security: Security
    let errors: [ProblemType]
    let tags: [String]
    let dialect: Dialect

    /// Serves these endpoints and puts them into the API's document.
    public func add(_ endpoints: Endpoint<Context>...) { add(endpoints) }

    public func add(_ endpoints: [Endpoint<Context>]) {
        for endpoint in endpoints {
            let operation = endpoint.operation
            let wired = WiredEndpoint(
                operation: operation, template: PathTemplate(path, operation.path), parameters: parameters,
                headers: headers, security: operation.security ?? security, errors: errors + operation.errors,
                tags: operation.tags.isEmpty ? tags : operation.tags, dialect: dialect)
            // What is wrong is told by `finish()`; the router would stop the process at the first of it.
            guard api.add(wired) else { continue }
            routes.on(RouterPath(operation.path), method: operation.method, responder: endpoint.responder(in: dialect))
        }
    }

    /// A part of this group, further down its path, with what `build` puts around it.
    public func group<Inner: RequestContext, Path: SchemaObject>(
        _ path: String, security: Security? = nil, parameters: Path.Type = NoParameters.self, errors: [ProblemType] = [],
        tags: [String] = [], _ build: (RouterGroup<Context>) -> RouterGroup<Inner>
    ) -> APIGroup<Inner> {
        APIGroup<Inner>(
            api: api, routes: build(routes.group(RouterPath(path))), path: "\(self.path)/\(path)".trimmedSlashes,
            parameters: self.parameters + [{ Path.members(in: &$0).schema(in: $0) }], headers: headers,
            security: security ?? self.security, errors: self.errors + errors, tags: tags.isEmpty ? self.tags : tags, dialect: dialect)
    }
}

/// An endpoint in its place.
struct WiredEndpoint {
    let operation: Operation
    let template: PathTemplate
    /// The schemas of the groups' own path parameters.
    let parameters: [(inout SchemaCatalog) -> JSONObject]
    /// The schemas of the headers that the groups' middleware reads.
    let headers: [(inout SchemaCatalog) -> JSONObject]
    let security: Security
    let errors: [ProblemType]
    let tags: [String]
    let dialect: Dialect

    var method: HTTPRequest.Method { operation.method }

    /// How messages call it.
    var title: String { "\(operation.id) (\(method.rawValue) \(template))" }
}
