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
