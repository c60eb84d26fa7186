import Primitives
import Testing

private enum UserTag: TypeIDTag { static let prefix = "user" }

@Suite struct IdentifierTests {
    @Test("Identifiers of one process rise strictly, from many tasks at once")
    func monotonic() async {
        let ids = (0..<10_000).map { _ in UUIDv7() }
        #expect(zip(ids, ids.dropFirst()).allSatisfy(<))
        let parallel = await withTaskGroup(of: [UUIDv7].self) { group in
            for _ in 0..<8 { group.addTask { (0..<2000).map { _ in UUIDv7() } } }
            return await group.reduce(into: []) { $0 += $1 }
        }
        #expect(Set(parallel).count == 16_000)
    }

    @Test("Version, variant and time are where RFC 9562 wants them")
    func layout() {
        let time = Timestamp(milliseconds: 1_645_557_742_000)
        let id = UUIDv7(at: time)
        #expect(id.timestamp == time)
        #expect(id.high >> 12 & 0xF == 7)
        #expect(id.low >> 62 == 0b10)
        #expect(id.description.hasPrefix("017f22e2-79b0-7"))
        #expect(UUIDv7.lowerBound(at: time) < id)
        #expect(id < UUIDv7.lowerBound(at: time + .milliseconds(1)))
    }

    @Test("Text form, in either case")
    func text() throws {
        let text = "017f22e2-79b0-7cc3-98c4-dc0c0c07398f"
        let id = try #require(UUIDv7(text))
        #expect(id.description == text)
        #expect(UUIDv7(text.uppercased()) == id)
        for bad in [
            "", "017f22e279b07cc398c4dc0c0c07398f", text + "0", String(text.dropLast()), text.replacing("-", with: "_"),
            "g" + text.dropFirst(),
        ] {
            #expect(UUIDv7(bad) == nil)
        }
    }

    // From the TypeID specification's valid.yml.
    @Test(
        "TypeID vectors",
        arguments: [
            ("user_00000000000000000000000000", "00000000-0000-0000-0000-000000000000"),
            ("user_00000000000000000000000001", "00000000-0000-0000-0000-000000000001"),
            ("user_0000000000000000000000000a", "00000000-0000-0000-0000-00000000000a"),
            ("user_00000000000000000000000010", "00000000-0000-0000-0000-000000000020"),
            ("user_7zzzzzzzzzzzzzzzzzzzzzzzzz", "ffffffff-ffff-ffff-ffff-ffffffffffff"),
            ("user_0123456789abcdefghjkmnpqrs", "0110c853-1d09-52d8-d73e-1194e95b5f19"),
            ("user_01h455vb4pex5vsknk084sn02q", "01890a5d-ac96-774b-bcce-b302099a8057"),
        ])
    func typeID(text: String, uuid: String) throws {
        let id = try #require(TypeID<UserTag>(text))
        #expect(id.uuid.description == uuid)
        #expect(id.description == text)
    }

    @Test(
        "What is no TypeID",
        arguments: [
            "", "user", "user_", "user_1234567890123456789012345", "user_123456789012345678901234567", "user_8zzzzzzzzzzzzzzzzzzzzzzzzz",
            "user_01H455VB4PEX5VSKNK084SN02Q", "user_1234567890123456789012345u", "post_01h455vb4pex5vsknk084sn02q",
            "user-01h455vb4pex5vsknk084sn02q",
        ])
    func noTypeID(text: String) { #expect(TypeID<UserTag>(text) == nil) }

    @Test("TypeIDs round trip and sort as their UUIDs do")
    func roundTrip() {
        let ids = (0..<500).map { _ in TypeID<UserTag>() }
        #expect(ids.allSatisfy { TypeID<UserTag>($0.description) == $0 })
        #expect(ids.map(\.description) == ids.map(\.description).sorted())
    }
}

@Suite struct EncodingTests {
    @Test(
        "RFC 4648 vectors",
        arguments: [
            ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="), ("foobar", "Zm9vYmFy"),
        ])
    func base64(plain: String, encoded: String) {
        #expect(Base64.encode(Array(plain.utf8)) == encoded)
        #expect(Base64.decode(encoded) == Array(plain.utf8))
        #expect(Base64URL.encode(Array(plain.utf8)) == encoded.replacing("=", with: ""))
        #expect(Base64URL.decode(encoded.replacing("=", with: "")) == Array(plain.utf8))
    }

    @Test("Strict base 64", arguments: ["Zg", "Zg=", "Zh==", "Zg==\n", "Z===", "Zm9_", "====", "Zm 9v"])
    func strict(text: String) { #expect(Base64.decode(text) == nil) }

    @Test("Every byte survives")
    func allBytes() {
        let bytes = Array(UInt8.min ... .max)
        #expect(Base64URL.decode(Base64URL.encode(bytes)) == bytes)
        #expect(Base64.decode(Base64.encode(bytes)) == bytes)
        #expect(Hex.decode(Hex.encode(bytes)) == bytes)
        #expect(Hex.decode("0") == nil)
        #expect(Hex.decode("0g") == nil)
    }

    @Test("Comparison in constant time is still a comparison")
    func equality() {
        #expect(constantTimeEquals("abc", "abc"))
        #expect(!constantTimeEquals("abc", "abd"))
        #expect(!constantTimeEquals("abc", "abcd"))
        #expect(constantTimeEquals("", ""))
    }

    @Test("Random texts keep to their alphabet")
    func random() {
        let text = SecureRandom.string(2000, alphabet: .letters)
        #expect(text.count == 2000 && text.allSatisfy { $0.isASCII && $0.isLetter })
        #expect(Set(text).count == 52)
        #expect(SecureRandom.bytes(32) != SecureRandom.bytes(32))
    }
}
