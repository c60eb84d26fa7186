import Primitives
import Testing

@Suite struct IPAddressTests {
    @Test(
        "Addresses and blocks are written in their shortest standard spelling",
        arguments: [
            ("10.0.0.1", "10.0.0.1"), ("255.255.255.255", "255.255.255.255"), ("::", "::"), ("::0001", "::1"), ("FD00:0:0::1", "fd00::1"),
            ("2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"), ("10.0.0.0/8", "10.0.0.0/8"), ("10.0.0.1/32", "10.0.0.1"), ("0:0::/0", "::/0"),
            ("fd00:0::/8", "fd00::/8"), ("fe80::1/128", "fe80::1"),
        ])
    func spelling(text: String, shortest: String) throws {
        let block = try #require(AddressBlock(text))
        #expect("\(block)" == shortest)
        #expect(AddressBlock("\(block)") == block)
    }

    @Test(
        "Blocks overlap where one holds the other",
        arguments: [
            ("10.0.0.0/8", "10.1.0.0/16", true), ("10.1.2.3", "10.0.0.0/8", true), ("10.0.0.0/8", "11.0.0.0/8", false),
            ("0.0.0.0/0", "::/0", false), ("::/0", "fe80::/10", true), ("10.0.0.0/9", "10.128.0.0/9", false),
        ])
    func overlap(left: String, right: String, overlaps: Bool) throws {
        let blocks = (try #require(AddressBlock(left)), try #require(AddressBlock(right)))
        #expect(blocks.0.overlaps(blocks.1) == overlaps && blocks.1.overlaps(blocks.0) == overlaps)
    }
}
