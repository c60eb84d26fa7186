import HTTPTypes

/// The endpoints by method and path.
struct AuthRoutes: Sendable {
    private struct Route: Hashable, Sendable {
        var method: HTTPRequest.Method
        var path: String
    }

    private var exact: [Route: any AuthEndpoint] = [:]
    /// Those whose last segment is in braces, by what stands before it.
    private var open: [Route: any AuthEndpoint] = [:]
    let paths: Set<String>
    /// What stands before the braces, with the whole path.
    private let openings: [(prefix: String, path: String)]

    init(_ endpoints: [any AuthEndpoint]) {
        for endpoint in endpoints {
            if let brace = endpoint.path.firstIndex(of: "{") {
                open[Route(method: endpoint.method, path: String(endpoint.path[..<brace]))] = endpoint
            } else {
                exact[Route(method: endpoint.method, path: endpoint.path)] = endpoint
            }
        }
        paths = Set(endpoints.map(\.path))
        openings = paths.compactMap { path in path.firstIndex(of: "{").map { (String(path[..<$0]), path) } }
    }

    /// `path` with the name of a parameter in place of its value, which may be a token.
    func nameless(_ path: String) -> String { openings.first { path.hasPrefix($0.prefix) }?.path ?? path }

    func find(_ method: HTTPRequest.Method, _ path: String) -> (endpoint: any AuthEndpoint, parameter: String?)? {
        if let endpoint = exact[Route(method: method, path: path)] { return (endpoint, nil) }
        guard let slash = path.lastIndex(of: "/") else { return nil }
        let last = path[path.index(after: slash)...]
        guard !last.isEmpty, let endpoint = open[Route(method: method, path: String(path[...slash]))] else { return nil }
        return (endpoint, PercentEncoding.decode(last) ?? String(last))
    }
}
