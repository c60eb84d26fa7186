import DevServices
import Foundation
import Testing

@testable import PostgresClient

/// URLs with several hosts.
@Suite struct HostTests {
    @Test("A dead host is skipped", .timeLimit(.minutes(10))) func aDeadHostIsPassedOver() async throws {
        let server = try TestDatabase.shared()
        let url = try server.url(hosts: [LoopbackPort.free(), server.port])
        try await withPool(url: url) { pool async throws in
            #expect(try await pool.value("select inet_server_port()", as: Int.self) == server.port)
        }
    }

    @Test("A silent host is skipped after its connect timeout", .timeLimit(.minutes(10))) func aSilentHostIsPassedOverWhenItsTimeIsUp()
        async throws
    {
        let (server, silent) = (try TestDatabase.shared(), try SilentHost())
        try await withPool(url: server.url(hosts: [silent.port, server.port])) {
            $0.connectTimeout = .seconds(1)
            $0.acquireTimeout = .seconds(40)
        } _: { pool async throws in
            #expect(try await pool.value("select inet_server_port()", as: Int.self) == server.port)
        }
    }

    @Test("A silent address of a host is skipped after its connect timeout", .timeLimit(.minutes(10)))
    func aSilentAddressOfAHostIsPassedOverWhenItsTimeIsUp() async throws {
        let server = try TestDatabase.shared()
        let silent = try SilentHost(address: 0x7F00_0002, port: server.port)
        var configuration = try PostgresPoolConfiguration(url: server.url().replacing("127.0.0.1", with: "db.example") + "?sslmode=disable")
        configuration.connectTimeout = .seconds(1)
        let connector = Connector(configuration) { name in name == "db.example" ? ["127.0.0.2", "127.0.0.1"] : [] }
        let outcome = await withCheckedContinuation { (caller: CheckedContinuation<Result<ConnectionHandle, any Error>, Never>) in
            Thread.detachNewThread { caller.resume(returning: Result { try connector.connect() }) }
        }
        #expect(throws: Never.self) { try outcome.get() }
        withExtendedLifetime(silent) {}
    }

    @Test("The error names all dead hosts", .timeLimit(.minutes(10))) func allDeadHostsAreNamed() async throws {
        let (first, second) = (try LoopbackPort.free(), try LoopbackPort.free())
        try await withPool(url: TestDatabase.shared().url(hosts: [first, second])) {
            $0.acquireTimeout = .seconds(2)
        } _: { pool async throws in
            let error = await postgresError { _ = try await pool.query("select 1") }
            #expect(error?.code == .connectionFailed)
            #expect(error?.message.contains("\(first)") == true && error?.message.contains("\(second)") == true)
        }
    }

    @Test("A wrong password ends the search over hosts", .timeLimit(.minutes(10))) func aWrongPasswordEndsTheSearch() async throws {
        let server = try TestDatabase.shared()
        let url = try server.url(password: "wrong", hosts: [server.port, LoopbackPort.free()])
        try await withPool(url: url) { pool async throws in
            #expect(await postgresError { _ = try await pool.query("select 1") }?.sqlState == "28P01")
        }
    }

    @Test("target_session_attrs finds the primary, also after a fail-over", .timeLimit(.minutes(10)))
    func theServerThatTakesWritesIsFoundAndFoundAgain() async throws {
        let primary = try TestServer()
        let standby = try TestServer(standbyOf: primary)
        let hosts = [standby.port, primary.port]
        try await withPool(url: standby.url(hosts: hosts) + "&target_session_attrs=prefer-standby") { pool async throws in
            #expect(try await pool.value("select pg_is_in_recovery()", as: Bool.self))
        }
        try await withPool(url: primary.url(hosts: hosts) + "&target_session_attrs=read-write") {
            $0.acquireTimeout = .seconds(60)
        } _: { pool async throws in
            try await pool.executeScript("create table hosts (n int); insert into hosts values (1)")
            #expect(try await pool.value("select inet_server_port()", as: Int.self) == primary.port)
            while try await standby.value("select count(*) from pg_class where relname = 'hosts'") == "0" {}
            try primary.control("stop -w -m immediate")
            try standby.control("promote -w")
            // What was on the broken connection fails, and nothing later.
            while await postgresError({ _ = try await pool.query("insert into hosts values (2)") }) != nil {}
            #expect(try await pool.value("select inet_server_port()", as: Int.self) == standby.port)
        }
        try await withPool(url: standby.url(hosts: hosts) + "&target_session_attrs=prefer-standby") { pool async throws in
            #expect(try await pool.value("select inet_server_port()", as: Int.self) == standby.port, "any will do")
        }
    }

    @Test("A host name resolves to each of its addresses") func namesAreTakenApartIntoTheirAddresses() {
        func addresses(_ parameters: HostList.Parameters, variable: String? = nil) -> [String] {
            HostList.addresses(
                of: parameters, isSet: { $0 == variable }, resolve: { $0 == "two" ? ["::1", "127.0.0.1"] : $0 == "one" ? ["::1"] : [] }
            )
            .map { $0.map { "\($0.keyword)=\($0.value)" }.joined(separator: " ") }
        }
        #expect(addresses([("host", "two"), ("port", "1")]) == ["host=two port=1 hostaddr=::1", "host=two port=1 hostaddr=127.0.0.1"])
        #expect(addresses([("host", "one")]) == ["host=one hostaddr=::1"])
        for host in ["none", "/run", "@x", ""] { #expect(addresses([("host", host)]) == ["host=\(host)"]) }
        #expect(addresses([("port", "1")]) == ["port=1"])
        #expect(addresses([("host", "two"), ("hostaddr", "::2")]) == ["host=two hostaddr=::2"])
        #expect(addresses([("host", "two"), ("service", "x")]) == ["host=two service=x"])
        for variable in ["PGHOSTADDR", "PGSERVICE"] { #expect(addresses([("host", "two")], variable: variable) == ["host=two"]) }
    }

    @Test("Lists of hosts are parsed") func listsOfHostsAreTakenApart() {
        func attempts(_ parameters: HostList.Parameters) -> [String] {
            HostList.attempts(for: parameters).map { $0.map { "\($0.keyword)=\($0.value)" }.joined(separator: " ") }
        }
        #expect(attempts([("host", "a"), ("port", "1")]) == ["host=a port=1"])
        #expect(attempts([("host", "a,b"), ("port", "1,2"), ("user", "u")]) == ["host=a port=1 user=u", "host=b port=2 user=u"])
        #expect(attempts([("host", "a,b,"), ("port", "7")]) == ["host=a port=7", "host=b port=7", "host= port=7"])
        #expect(attempts([("hostaddr", "::1,127.0.0.1")]) == ["hostaddr=::1", "hostaddr=127.0.0.1"])
        #expect(attempts([("host", "a,b"), ("port", "1,2,3")]) == ["host=a,b port=1,2,3"], "libpq says what is wrong with it")
        #expect(
            attempts([("host", "a,b"), ("target_session_attrs", "prefer-standby")]) == [
                "host=a target_session_attrs=standby", "host=b target_session_attrs=standby", "host=a target_session_attrs=any",
                "host=b target_session_attrs=any",
            ])
    }
}

/// A port whose listener takes no connection: its queue is full, and the system drops what comes then.
private final class SilentHost: Sendable {
    let port: Int
    private let descriptors: [Int32]

    init(address host: UInt32 = 0x7F00_0001, port: Int = 0) throws {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = host.bigEndian
        address.sin_port = UInt16(port).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        func withAddress(_ body: (UnsafeMutablePointer<sockaddr>) -> Int32) -> Int32 {
            withUnsafeMutablePointer(to: &address) { $0.withMemoryRebound(to: sockaddr.self, capacity: 1, body) }
        }
        guard withAddress({ bind(listener, $0, length) }) == 0, listen(listener, 0) == 0,
            withAddress({ getsockname(listener, $0, &length) }) == 0
        else { throw TestServerError(text: "cannot listen") }
        self.port = Int(UInt16(bigEndian: address.sin_port))
        descriptors =
            [listener]
            + (0..<4).map { _ in
                let client = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
                _ = withAddress { connect(client, $0, length) }
                return client
            }
    }

    deinit { for descriptor in descriptors { close(descriptor) } }
}

extension TestServer {
    /// This server's URL with these ports of this machine in its place.
    fileprivate func url(password: String = TestServer.password, hosts ports: [Int]) -> String {
        url(password: password).replacing("127.0.0.1:\(port)", with: ports.map { "127.0.0.1:\($0)" }.joined(separator: ","))
            + "?application_name=hosts"
    }

    fileprivate func value(_ sql: SQL) async throws -> String {
        try await withPool(url: url(), maximum: 1) { pool async throws in try await pool.value("select (\(sql))::text", as: String.self) }
    }
}
