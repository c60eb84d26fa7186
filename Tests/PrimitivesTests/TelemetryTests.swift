import Primitives
import Testing

@Suite struct TelemetryTests {
    @Test func aTraceIsContinued() throws {
        let parent = try #require(TraceContext(traceparent: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"))
        #expect(parent.traceID == "4bf92f3577b34da6a3ce929d0e0e4736")
        #expect(parent.spanID == "00f067aa0ba902b7")
        #expect(parent.isSampled)
        let child = parent.child()
        #expect(child.traceID == parent.traceID)
        #expect(child.spanID != parent.spanID)
        #expect(TraceContext(traceparent: child.traceparent) == child)
        let fresh = TraceContext()
        #expect(TraceContext(traceparent: fresh.traceparent) == fresh)
        // A later version may carry more.
        #expect(TraceContext(traceparent: "01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more") != nil)
    }

    @Test(arguments: [
        "", "00", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7", "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "00-00000000000000000000000000000000-00f067aa0ba902b7-01", "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
        "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01", "00-4bf92f3577b34da6a3ce929d0e0e473-600f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more", "0x-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
    ])
    func noTrace(text: String) { #expect(TraceContext(traceparent: text) == nil) }

    @Test(arguments: [
        ("foo=1", "foo=1" as String?), ("foo=1,bar=2", "foo=1,bar=2"), (" foo=1 \t,\tbar=2 ,", "foo=1,bar=2"), (",,foo=1", "foo=1"),
        ("1a-_*/b@foo=x y", "1a-_*/b@foo=x y"), ("foo=1,foo=2,bar=3", "foo=1,bar=3"), ("foo= 1", "foo= 1"), ("z=!~", "z=!~"),
        ("", nil), (" , ", nil), ("foo", nil), ("foo=", nil), ("=1", nil), ("foo =1", nil), ("FOO=1", nil), ("1foo=1", nil),
        ("foo=1=2", nil),
        ("foo@=1", nil), ("@foo=1", nil), ("foo@@bar=1", nil), ("foo@bar@baz=1", nil), ("foo@1bar=1", nil), ("foo=1,b\u{e4}r=2", nil),
        ("foo=1\u{7}", nil), ("foo=\u{1F600}", nil), ("foo=1;bar=2", nil), ("foo=1;bar", "foo=1;bar"),
    ])
    func traceState(text: String, passed: String?) {
        let trace = TraceContext(traceparent: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", tracestate: text)
        #expect(trace != nil, "the trace goes on without what is wrong")
        #expect(trace?.tracestate == passed)
        #expect(trace?.child().tracestate == passed)
    }

    @Test func limitsOfTraceState() {
        func passed(_ text: String) -> String? {
            TraceContext(traceparent: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", tracestate: text)?.tracestate
        }
        let many = (0..<33).map { "k\($0)=1" }
        #expect(passed(many[..<32].joined(separator: ",")) == many[..<32].joined(separator: ","))
        #expect(passed(many.joined(separator: ",")) == nil)
        let key = String(repeating: "k", count: 256)
        // One long member has room; the value may not be longer.
        #expect(passed("\(key)=\(String(repeating: "v", count: 255))") != nil)
        #expect(passed("\(key)k=1") == nil)
        #expect(passed("k=\(String(repeating: "v", count: 257))") == nil)
        #expect(passed("\(String(repeating: "t", count: 241))@\(String(repeating: "s", count: 14))=1") != nil)
        #expect(passed("\(String(repeating: "t", count: 242))@s=1") == nil)
        #expect(passed("t@\(String(repeating: "s", count: 15))=1") == nil)
        // Too much: the large ones go first, then those at the end.
        let large = "large=\(String(repeating: "v", count: 123))"
        let small = (0..<10).map { "s\($0)=\(String(repeating: "v", count: 50))" }
        #expect(passed("\(large),\(small.joined(separator: ","))") == small[..<9].joined(separator: ","))
        #expect(passed("\(large),\(small[..<2].joined(separator: ","))") == "\(large),\(small[..<2].joined(separator: ","))")
    }

    @Test func prometheusText() {
        var text = PrometheusText()
        text.family("jobs", .gauge, "What\nwaits \\ runs.")
        text.sample("jobs", 3, ["queue": "a\"b\\c\nd"])
        text.sample("jobs", 0.25)
        text.sample("jobs", Double.nan)
        text.family("time_seconds", .histogram, "Time.")
        var histogram = Histogram(bounds: [0.5, 1])
        for value in [0.5, 0.75, 7] { histogram.record(value) }
        text.histogram("time_seconds", histogram, ["route": "/"])
        #expect(
            text.text == #"""
                # HELP jobs What\nwaits \\ runs.
                # TYPE jobs gauge
                jobs{queue="a\"b\\c\nd"} 3
                jobs 0.25
                jobs NaN
                # HELP time_seconds Time.
                # TYPE time_seconds histogram
                time_seconds_bucket{route="/",le="0.5"} 1
                time_seconds_bucket{route="/",le="1"} 2
                time_seconds_bucket{route="/",le="+Inf"} 3
                time_seconds_sum{route="/"} 8.25
                time_seconds_count{route="/"} 3

                """#)
    }

    @Test(arguments: [
        ("10.0.0.0/8", "10.255.0.1", true), ("10.0.0.0/8", "11.0.0.1", false), ("0.0.0.0/0", "255.255.255.255", true),
        ("::/0", "1.2.3.4", false), ("2001:db8::/32", "2001:db8:ffff::1", true), ("192.0.2.1", "192.0.2.1", true),
        ("192.0.2.1", "192.0.2.2", false),
    ])
    func addressBlocks(block: String, address: String, contains: Bool) throws {
        #expect(try #require(AddressBlock(block)).contains(try #require(IPAddress(address))) == contains)
    }

    @Test(arguments: ["10.0.0.1/8", "10.0.0.0/33", "10.0.0/8", "10.0.0.0/", "10.0.0.0/8/8", "x", "", "10.0.0.0/+8", "::1/129"])
    func noAddressBlocks(text: String) { #expect(AddressBlock(text) == nil) }
}
