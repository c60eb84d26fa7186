import Primitives
import Testing

@testable import HTTPDelivery

@Suite("Retry-After as RFC 9110 has it")
struct RetryAfterTests {
    /// 1994-11-06T08:49:37Z
    private static let now = Timestamp(milliseconds: 784_111_777_000)

    @Test(
        "Seconds, and a date in each of its three forms; what cannot be read counts as absent",
        arguments: [
            ("120", nil, 120), ("0", nil, nil), ("-5", nil, nil), ("+5", nil, nil), ("1.5", nil, nil), ("", nil, nil), ("soon", nil, nil),
            ("86401", nil, 86_400), ("99999999999999999999", nil, 86_400), ("Sun, 06 Nov 1994 08:50:37 GMT", nil, 60),
            ("Sunday, 06-Nov-94 08:50:37 GMT", nil, 60), ("Sun Nov  6 08:50:37 1994", nil, 60),
            ("Sun, 06 Nov 1994 08:49:37 GMT", nil, nil), ("Sun, 06 Nov 1994 08:48:37 GMT", nil, nil),
            ("Tue, 08 Nov 1994 08:49:37 GMT", nil, 86_400), ("Sun, 06 Nov 1994 08:50:37", nil, nil),
            ("Sun, 06 Nov 1994 08:50:37 CET", nil, nil), ("Xyz, 06 Nov 1994 08:50:37 GMT", nil, nil),
            ("Sun, 31 Nov 1994 08:50:37 GMT", nil, nil), ("Sun, 06 Foo 1994 08:50:37 GMT", nil, nil),
            ("1994-11-06T08:50:37Z", nil, nil), ("Sunday, 06-Nov-44 08:50:37 GMT", nil, 86_400),
            ("Sunday, 06-Nov-45 08:50:37 GMT", nil, nil),
            // Relative to the answer's own clock.
            ("Sun, 06 Nov 1994 10:50:37 GMT", "Sun, 06 Nov 1994 10:49:37 GMT", 60),
            ("Sun, 06 Nov 1994 08:50:37 GMT", "Sun, 06 Nov 1994 08:50:38 GMT", nil),
            ("Sun, 06 Nov 1994 08:50:37 GMT", "nonsense", 60),
        ] as [(String, String?, Int?)])
    func values(value: String, date: String?, seconds: Int?) {
        #expect(OutgoingResponse.retryAfter(value, date: date, now: Self.now) == seconds.map { .seconds($0) })
    }
}
