import HTTPTypes
public import Hummingbird

extension Router {
    /// Completes every path: methods that it does not have are 405 with `Allow`, and OPTIONS lists those it has. Call it after the last
    /// route was added.
    public func addMethodProblems() {
        let methods = Dictionary(grouping: routes, by: { $0.path.description }).mapValues { Set($0.map(\.method)) }
        for (path, has) in methods.sorted(by: { $0.key < $1.key }) {
            var offered = has.union([.options])
            if has.contains(.get) { offered.insert(.head) }
            let allow = offered.map(\.rawValue).sorted().joined(separator: ", ")
            for method in HTTPRequest.Method.known where !offered.contains(method) {
                on(RouterPath(path), method: method) { _, _ -> Response in
                    throw Problem(.methodNotAllowed, headers: [.allow: allow])
                }
            }
            if !has.contains(.options) {
                on(RouterPath(path), method: .options) { _, _ in Response(status: .noContent, headers: [.allow: allow]) }
            }
        }
    }
}

extension HTTPRequest.Method {
    /// All that the parser lets through, under the names it gives them; others never become a request.
    static let known: [HTTPRequest.Method] =
        [.get, .head, .post, .put, .patch, .delete, .options, .trace, .connect]
        + [
            "ACL", "BIND", "CHECKOUT", "COPY", "LINK", "LOCK", "M-SEARCH", "MERGE", "MKACTIVITY", "MKCALENDAR", "MKCOL", "MOVE", "MSEARCH",
            "NOTIFY",
            "PROPFIND", "PROPPATCH", "PURGE", "QUERY", "REBIND", "REPORT", "SEARCH", "SOURCE", "SUBSCRIBE", "UNBIND", "UNLINK", "UNLOCK",
            "UNSUBSCRIBE",
        ].compactMap { HTTPRequest.Method($0) }
}
