import Testing

@testable import RedisClient

/// What is said first, and what the answers lead to.
@Suite struct RedisHandshakeTests {
    static let ok = RedisValue.simpleString("OK")

    static func error(_ message: String) -> RedisValue { .error(RedisServerError(message: message)) }

    @Test("The handshake is one flight") func signsInInOneFlight() throws {
        var handshake = RedisHandshake(url: try RedisURL("redis://ann:secret@host/4"), name: "worker")
        #expect(
            handshake.start() == [
                RedisCommand("HELLO", 3, "AUTH", "ann", "secret", "SETNAME", "worker"), RedisCommand("SELECT", 4), RedisCommand("PING"),
            ])
        #expect(handshake.received([.map([]), Self.ok, .simpleString("PONG")]) == .done)
    }

    @Test("A password alone signs in the default user") func aPasswordAloneIsThatOfTheDefaultUser() throws {
        var handshake = RedisHandshake(url: try RedisURL("redis://:secret@host"), name: nil)
        #expect(handshake.start() == [RedisCommand("HELLO", 3, "AUTH", "default", "secret"), RedisCommand("PING")])
        #expect(
            handshake.received([Self.error("ERR unknown command 'HELLO'"), Self.error("NOAUTH")])
                == .send([
                    RedisCommand("AUTH", "secret"), RedisCommand("PING"),
                ]))
        #expect(handshake.received([Self.ok, .simpleString("PONG")]) == .done)
    }

    @Test("A user name alone signs in that user") func aUserAloneSignsInAsThatUser() throws {
        let newer = RedisHandshake(url: try RedisURL("redis://ann@host"), name: nil)
        #expect(newer.start() == [RedisCommand("HELLO", 3, "AUTH", "ann", ""), RedisCommand("PING")])
        let older = RedisHandshake(url: try RedisURL("redis://ann@host?protocol=2"), name: nil)
        #expect(older.start() == [RedisCommand("AUTH", "ann", ""), RedisCommand("PING")])
    }

    @Test("Older servers get RESP2", arguments: ["NOPROTO unsupported", "NOPERM no HELLO for you", "ERR unknown command `HELLO`"])
    func olderServersAreSpokenToInRESP2(_ refusal: String) throws {
        var handshake = RedisHandshake(url: try RedisURL("redis://ann:secret@host/2"), name: "worker")
        _ = handshake.start()
        #expect(
            handshake.received([Self.error(refusal), Self.error("NOAUTH"), Self.error("NOAUTH")])
                == .send([
                    RedisCommand("AUTH", "ann", "secret"), RedisCommand("CLIENT", "SETNAME", "worker"), RedisCommand("SELECT", 2),
                    RedisCommand("PING"),
                ]))
        // Once only.
        guard case .fail = handshake.received([Self.error(refusal), Self.ok, Self.ok, Self.ok]) else {
            Issue.record("a refusal in RESP2 is final")
            return
        }
    }

    @Test("The URL can ask for RESP2") func theURLMayAskForRESP2() throws {
        let handshake = RedisHandshake(url: try RedisURL("redis://host?protocol=2"), name: nil)
        #expect(handshake.start() == [RedisCommand("PING")])
    }

    @Test(
        "Handshake errors say what to do",
        arguments: [
            ("NOAUTH Authentication required.", RedisError.Code.authenticationFailed), ("WRONGPASS invalid", .authenticationFailed),
            ("ERR AUTH called without any password configured", .authenticationFailed), ("LOADING Redis is loading", .connectionFailed),
            ("ERR max number of clients reached", .connectionFailed), ("ERR DB index is out of range", .invalidConfiguration),
        ])
    func refusalsSayWhatToDo(_ message: String, _ code: RedisError.Code) throws {
        var handshake = RedisHandshake(url: try RedisURL("redis://ann:secret@host/99"), name: nil)
        guard case .fail(let error) = handshake.received([.map([]), Self.error(message), Self.ok]) else {
            Issue.record("\(message) is a failure")
            return
        }
        #expect(error.code == code && error.server?.message == message && error.isRetrySafe)
        #expect(!error.message.contains("secret"))
    }

    @Test("A close during the handshake is a connect failure") func anEndMeansThatNobodyIsThere() throws {
        let url = try RedisURL("redis://ann:secret@host")
        for code in [RedisError.Code.timedOut, .connectionLost] {
            let error = RedisHandshake.explain(RedisError(code, "why"), from: url)
            #expect(error.code == .connectionFailed && error.isRetrySafe && error.message.contains("why"))
        }
        #expect(RedisHandshake.explain(RedisError(.cancelled, "why"), from: url) == RedisError(.cancelled, "why"))
    }
}
