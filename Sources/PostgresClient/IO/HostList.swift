/// Turns libpq's parameters for several hosts into parameters for one host each, in the order in which they are to be tried.
///
/// libpq goes on to the next host by itself when one refuses, but has no time limit for each where connecting does not block: a host that is silent
/// would take all the time there is.
enum HostList {
    typealias Parameters = [(keyword: String, value: String)]

    static func attempts(for parameters: Parameters) -> [Parameters] {
        func list(_ keyword: String) -> [String]? {
            parameters.first { $0.keyword == keyword }?.value.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        }
        let (hosts, addresses) = (list("host"), list("hostaddr"))
        let ports = list("port") ?? [""]
        let count = addresses?.count ?? hosts?.count ?? 1
        // A list that does not fit is libpq's to complain about.
        guard count > 1, hosts?.count ?? count == count, ports.count == 1 || ports.count == count else { return [parameters] }
        let single: [Parameters] = (0..<count).map { index in
            parameters.map { keyword, value in
                switch keyword {
                case "host": (keyword, hosts?[index] ?? value)
                case "hostaddr": (keyword, addresses?[index] ?? value)
                case "port": (keyword, ports[ports.count == 1 ? 0 : index])
                default: (keyword, value)
                }
            }
        }
        guard let preference = parameters.first(where: { $0.keyword == "target_session_attrs" }), preference.value == "prefer-standby"
        else {
            return single
        }
        return ["standby", "any"].flatMap { wanted in
            single.map { $0.map { $0.keyword == preference.keyword ? ($0.keyword, wanted) : $0 } }
        }
    }
}
