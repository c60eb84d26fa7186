import CEL
import JSON

/// Compiling and evaluating; `cel_python.py` measures the same through `cel-python` and `common-expression-language`. Each figure is the best
/// of nine batches, in microseconds of one call.
@main
struct CELBench {
    static let condition = "steps.a.output.total > 1000 && input.country in ['DE', 'AT']"
    static let filter = "items.filter(i, i.price > 500 && i.name.startsWith('n1'))"

    static func main() throws {
        var environment = CEL.Environment()
        environment.declare("steps", as: .map(.string, .dyn))
        environment.declare("input", as: .map(.string, .dyn))
        environment.declare("items", as: .list(.map(.string, .dyn)))
        let data = try JSONValue(parsing: #"{"steps":{"a":{"output":{"total":1500}}},"input":{"country":"AT"}}"#).object ?? [:]
        let rows = (0..<1000).map { JSONValue.object(["name": .string("n\($0)"), "price": .number($0)]) }
        let items: JSONObject = ["items": .array(rows)]
        let program = try CEL.compile(condition, in: environment)
        let list = try CEL.compile(filter, in: environment)
        guard try program.evaluate(data).bool == true else { fatalError("the condition does not hold") }
        print("compile the condition: \(try best(2000) { _ = try CEL.compile(condition, in: environment) }) µs (at most 50)")
        print("evaluate the condition: \(try best(20_000) { _ = try program.evaluate(data) }) µs (at most 2)")
        print("filter 1,000 maps: \(try best(50) { _ = try list.evaluate(items) }) µs (at most 300)")
    }

    static func best(_ count: Int, _ body: () throws -> Void) rethrows -> Double {
        var best = Double.infinity
        for _ in 0..<9 {
            let time = try ContinuousClock().measure { for _ in 0..<count { try body() } }
            let parts = time.components
            best = min(best, (Double(parts.seconds) * 1e6 + Double(parts.attoseconds) / 1e12) / Double(count))
        }
        return (best * 100).rounded() / 100
    }
}
