import JSON
import Testing

/// One value of the grammar, and no more, is what `bytes` must be.
func skipVerbatim(_ bytes: [UInt8]) throws(JSONError) {
    _ = try JSONReader.withBytes(bytes) { (reader) throws(JSONError) in
        let range = try reader.skipVerbatim()
        try reader.expectEnd()
        return range
    }
}

/// Values that are passed on as they came: the grammar and the encoding are checked, and nothing that readers may disagree about.
@Suite struct VerbatimTests {
    @Test(arguments: [
        #"{"a":1,"a":2,"\u0061":3}"#, #"["\ud800"]"#, #"["\udc00\ud800"]"#, #"["\uD888\u1234"]"#, #"["\uDFFF\n"]"#, "[1e9999, -0]",
    ])
    func takesWhatReadersMayDisagreeAbout(text: String) throws {
        try skipVerbatim(Array(text.utf8))
    }

    @Test(arguments: [1, 63, 64, 65, 127, 128, 129, 1000, 200_000])
    func depthCostsNoStack(depth: Int) throws {
        let bytes = { (text: String, count: Int) in [[UInt8]](repeating: Array(text.utf8), count: count).flatMap(\.self) }
        try skipVerbatim(bytes("[", depth) + bytes("]", depth))
        try skipVerbatim(bytes(#"{"a":["#, depth) + bytes("]}", depth))
        try skipVerbatim(bytes("[{},{\"b\":", depth) + bytes("1", 1) + bytes("},[]]", depth))
        #expect(throws: JSONError.self) { try skipVerbatim(bytes("[", depth) + bytes("]", depth - 1) + bytes("}", 1)) }
        #expect(throws: JSONError.self) { try skipVerbatim(bytes(#"{"a":["#, depth) + bytes("]}", depth - 1) + bytes("}]", 1)) }
        #expect(throws: JSONError(code: .unexpectedEnd, offset: depth)) { try skipVerbatim(bytes("[", depth)) }
    }

    @Test(
        arguments: [
            [0xED, 0xA0, 0x80], [0xFF], [0xC0, 0xAF], [0xC3], [0xF4, 0x90, 0x80, 0x80], [0x80], [0xE2, 0x82],
        ] as [[UInt8]])
    func refusesWhatIsNotUTF8(bytes: [UInt8]) {
        let quote = UInt8(ascii: "\"")
        #expect(throws: JSONError(code: .invalidUTF8, offset: 1)) { try skipVerbatim([quote] + bytes + [quote]) }
        #expect(throws: JSONError(code: .invalidUTF8, offset: 2)) { try skipVerbatim(Array("{\"".utf8) + bytes + Array("\":1}".utf8)) }
    }

    @Test func tellsTheValueAlone() throws {
        let text = #" {"a" : [1, "]"] } , 2"#
        let range = try JSONReader.withBytes(Array(text.utf8)) { (reader) throws(JSONError) in try reader.skipVerbatim() }
        #expect(range == 1..<18)
    }

    @Test func limitsOfOtherTextsDoNotCount() throws {
        let limits = JSONLimits(depth: 1, values: 1, stringBytes: 1, members: 1)
        let text = Array(#"[["long"],{"a":1,"b":2}]"#.utf8)
        _ = try JSONReader.withBytes(text, limits: limits) { (reader) throws(JSONError) in try reader.skipVerbatim() }
        #expect(throws: JSONError(code: .tooLarge, offset: 3)) {
            try JSONReader.withBytes(text, limits: JSONLimits(size: 3)) { (reader) throws(JSONError) in try reader.skipVerbatim() }
        }
    }
}
