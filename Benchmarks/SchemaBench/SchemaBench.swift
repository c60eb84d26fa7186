import JSON
import TypedAPI

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Parse-and-validate and writing, beside Foundation's `JSONDecoder` and `JSONEncoder` on the same types; `pydantic_orjson.py` measures
/// the same through Pydantic and orjson, for orientation. Each figure is the best of nine batches, in microseconds of one call.
@main
struct SchemaBench {
    static let body = """
        {"name":"Nightly import of the customer list","projectId":"0190b2a0-7d1e-7c3a-9b1f-2a4c6e8f0a1b","environment":"production",\
        "priority":7,"tags":["import","nightly","customers"],"callback":"https://hooks.example.com/v1/runs/done",\
        "description":"Reads the export and merges it","delayed":false,"timeoutSeconds":3600,"idempotencyKey":"import-2026-11-22-0001",\
        "retry":{"attempts":5,"delays":[1,5,30,120],"exponential":true}}
        """

    static func main() throws {
        let bytes = Array(body.utf8)
        let data = Data(bytes)
        let decoder = JSONDecoder()
        let encoder = JSONEncoder()
        encoder.dateEncodingStrategy = .iso8601
        let page = Page(data: (0..<20).map(row), hasMore: true)
        let value = try Body.parse(bytes)
        guard try decoder.decode(Body.self, from: data) == value else { fatalError("the two readers differ") }

        print("body of \(bytes.count) bytes, list of \(page.jsonBytes().count) bytes")
        let ours = try best(20_000) { try Body.parse(bytes).priority }
        let foundation = try best(5000) { try decoder.decode(Body.self, from: data).priority }
        report("parse and validate the body", ours, foundation)
        report("write the body", best(20_000) { value.jsonBytes().count }, try best(5000) { try encoder.encode(value).count })
        report("write the list", best(2000) { page.jsonBytes().count }, try best(300) { try encoder.encode(page).count })
        let list = page.jsonBytes()
        decoder.dateDecodingStrategy = .custom { decoder in
            try Date(schemaText: decoder.singleValueContainer().decode(String.self)) ?? .distantPast
        }
        report(
            "parse the list", try best(2000) { try Page.parse(list).data.count },
            try best(300) { try decoder.decode(Page.self, from: Data(list)).data.count })
        let hostile = [
            ("deep nesting", String(repeating: "[", count: 1 << 20)),
            ("members", "{" + (0..<70_000).map { "\"k\($0)\":1" }.joined(separator: ",") + "}"),
            ("one string", "\"" + String(repeating: "a", count: 1 << 20)),
            ("escapes", "\"" + String(repeating: "\\u0061", count: 170_000)),
            ("values", "[" + String(repeating: "1,", count: 500_000) + "1]"),
        ]
        for (name, text) in hostile {
            let bytes = Array(text.utf8)
            let time = best(1) { (try? Body.parse(bytes)) == nil ? 1 : 0 }
            print("hostile: \(name), \(bytes.count) bytes refused in \(rounded(time / 1000)) ms")
        }
    }

    private static func row(_ index: Int) -> Row {
        let start = Date(timeIntervalSince1970: 1_795_000_000 + Double(index) * 61.125)
        return Row(
            id: UUID(), projectID: UUID(), name: "Nightly import \(index)", status: index % 5 == 0 ? .failed : .succeeded,
            attempt: 1 + index % 3,
            durationMilliseconds: 1200 + index, tags: ["import", "nightly"], error: index % 5 == 0 ? "timed \"out\"" : nil,
            createdAt: start,
            startedAt: start + 1, finishedAt: start + 2)
    }

    /// Microseconds of one call, in the best of nine batches.
    private static func best(_ count: Int, _ body: () throws -> Int) rethrows -> Double {
        var best = Double.infinity
        var sum = 0
        for _ in 0..<9 {
            let time = try ContinuousClock().measure {
                for _ in 0..<count { sum &+= try body() }
            }
            best = min(best, time / .microseconds(1) / Double(count))
        }
        precondition(sum >= 0)
        return best
    }

    private static func report(_ what: String, _ ours: Double, _ foundation: Double) {
        print("\(what): \(rounded(ours)) µs, Foundation \(rounded(foundation)) µs, ratio \(rounded(foundation / ours))")
    }

    private static func rounded(_ value: Double) -> Double { (value * 100).rounded() / 100 }
}
