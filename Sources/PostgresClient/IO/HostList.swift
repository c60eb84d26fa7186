import Glibc

/// Turns libpq's parameters for several hosts into parameters for one host each, and those into one address each, in the order in which they are to be tried.
///
/// libpq goes on to the next address by itself when one refuses, but has no time limit for each where connecting does not block: one that is silent
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

    /// `parameters` once for each address that the host's name stands for; themselves where there is none, and where libpq alone knows which.
    ///
    /// - Parameters:
    ///   - isSet: Whether the environment has a variable that says where to connect.
    ///   - resolve: All addresses of a name, none when it is unknown.
    static func addresses(
        of parameters: Parameters, isSet: (String) -> Bool = { getenv($0) != nil }, resolve: (String) -> [String]
    ) -> [Parameters] {
        let given = Set(parameters.map(\.keyword))
        guard let host = parameters.first(where: { $0.keyword == "host" })?.value, let first = host.first, first != "/", first != "@",
            given.isDisjoint(with: ["hostaddr", "service"]), !isSet("PGHOSTADDR"), !isSet("PGSERVICE")
        else { return [parameters] }
        let addresses = resolve(host)
        return addresses.isEmpty ? [parameters] : addresses.map { parameters + [("hostaddr", $0)] }
    }

    /// All addresses of a name in the system's order of preference, none when it is unknown. Blocks.
    static func addresses(of host: String) -> [String] {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(host, nil, &hints, &list) == 0 else { return [] }
        defer { freeaddrinfo(list) }
        var addresses: [String] = []
        var next = list
        while let entry = next?.pointee {
            let text = withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(NI_MAXHOST)) { text in
                let status = getnameinfo(entry.ai_addr, entry.ai_addrlen, text.baseAddress, socklen_t(text.count), nil, 0, NI_NUMERICHOST)
                return status == 0 ? text.baseAddress.map { String(cString: $0) } : nil
            }
            if let text { addresses.append(text) }
            next = entry.ai_next
        }
        return addresses
    }
}
