import JSON
import Testing

@testable import BetterAuth

@Suite("Encrypted tokens, against vectors of the original and of another implementation")
struct JWETests {
    private let jwe = JWE(secret: TestServer.secret, salt: "better-auth-session")

    /// Made by Tests/Interop/auth/test_encrypted_cache.py.
    private static let vector = """
        eyJhbGciOiJkaXIiLCJlbmMiOiJBMjU2Q0JDLUhTNTEyIiwia2lkIjoiSGw1WTRTVkFhSjMzRzNuS3FxY2gtQXZFNHl6M1BrWTBQSXJZUTl6eE9fQSJ9..Og\
        qp2-bp-I_4l1XMvFQX_Q.j_iG-V3gY4pn5kHCAJ43aeMsVq3m8VgLigfvoaQbgJLgf-TbEFO_2-R44mskE5Ct5xpt14GNSCe4SsIHLF8V3LWSbW1U38YwYvn\
        RbykIAiiC9_y4HRWWsCtO1tOaBojofPnbesiEcQ_705GydEIL0jmOji0qgmRD_lebKySrAZNqDFDdmbPa7yMGTe5C85hF.98bEvHUjvMZCrpMuauagkJ6qFP\
        bWv99ijTFBpj_zIW8
        """

    @Test("The key's id is its thumbprint")
    func keyID() {
        #expect(jwe.keyID == "Hl5Y4SVAaJ33G3nKqqch-AvE4yz3PkY0PIrYQ9zxO_A")
        #expect(JWE(secret: TestServer.secret, salt: "better-auth-account").keyID != jwe.keyID)
    }

    @Test("What another implementation sealed opens, and nothing that was changed since")
    func opens() throws {
        let claims = try #require(jwe.open(Self.vector))
        #expect(claims["user"]?["name"] == "Al ü" && claims["exp"] == 1_795_340_981)
        for index in Self.vector.indices where Self.vector[index] != "." {
            var changed = Self.vector
            changed.replaceSubrange(index...index, with: Self.vector[index] == "A" ? "B" : "A")
            // The last letter of a part may hold bits that no byte takes: those must not be free to choose either.
            #expect(jwe.open(changed) == nil, "changed at \(index.utf16Offset(in: changed))")
        }
        #expect(jwe.open(Self.vector + ".") == nil && jwe.open(String(Self.vector.dropLast())) == nil && jwe.open("") == nil)
        #expect(JWE(secret: TestServer.secret + "x", salt: "better-auth-session").open(Self.vector) == nil)
    }

    @Test("What we seal opens, and is never the same twice")
    func seals() throws {
        let claims: JSONObject = ["a": .string(String(repeating: "ü", count: 5000)), "b": [1, 2]]
        let first = try #require(jwe.seal(claims))
        #expect(jwe.open(first) == claims && jwe.seal(claims) != first)
        for length in 0..<40 {
            let claims: JSONObject = ["x": .string(String(repeating: "x", count: length))]
            #expect(jwe.seal(claims).flatMap(jwe.open) == claims)
        }
    }
}
