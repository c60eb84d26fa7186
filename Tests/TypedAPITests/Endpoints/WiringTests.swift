import HTTPTypes
import Hummingbird
import Testing

@testable import TypedAPI

@Suite("What does not fit together is told at start, all at once")
struct WiringTests {
    private typealias Draft = Endpoint<RunAPI.Context>

    private func complaints(_ endpoints: [Endpoint<RunAPI.Context>], security: Security = .required("key")) -> [String] {
        let router = Router(context: RunAPI.Context.self)
        let api = API(
            APIInfo(title: "Runs", version: "1"), security: [SecurityScheme("key", .bearer(format: nil), description: "")])
        api.group("v1", on: router, security: security).add(endpoints)
        do throws(APIWiringError) {
            try api.finish()
            return []
        } catch {
            return error.problems
        }
    }

    private func plain(_ id: String, _ path: String) -> Endpoint<RunAPI.Context> {
        Draft.get(id, path, "").handle { _, _ in NoContent() }
    }

    @Test func paths() {
        #expect(
            complaints([plain("a", "runs/{run}")]) == [
                "a (GET /v1/runs/{run}): its path has {run}, and no type of parameters has that field"
            ])
        let surplus = Draft.get("a", "runs", "").path(RunPath.self).handle { _, _ in NoContent() }
        #expect(complaints([surplus]) == ["a (GET /v1/runs): the type of its parameters has \"run\", and its path has no {run}"])
        let optional = Draft.get("a", "{name}", "").path(OptionalPath.self).handle { _, _ in NoContent() }
        #expect(complaints([optional]).first?.contains("is optional, and a path always has it") == true)
        for path in ["runs/{run", "runs/x{run}", "runs/*", "runs/{}"] {
            #expect(complaints([plain("a", path)]).count == 1, "\(path)")
        }
    }

    @Test func twoOfAKind() {
        #expect(complaints([plain("a", "runs"), plain("b", "/runs")]) == ["b (GET /v1/runs): has the method and path of a (GET /v1/runs)"])
        let same = Draft.get("b", "runs/{id}", "").path(OtherPath.self).handle { _, _ in NoContent() }
        #expect(complaints([RunAPI.find, same]) == ["b (GET /v1/runs/{id}): has the method and path of findRun (GET /v1/runs/{run})"])
        let renamed = Draft.delete("b", "runs/{id}", "").path(OtherPath.self).handle { _, _ in NoContent() }
        #expect(complaints([RunAPI.find, renamed]).first?.contains("calls the parameters of its path otherwise") == true)
        #expect(
            complaints([plain("a", "x"), plain("a", "y")]) == ["a (GET /v1/y): has the id of a (GET /v1/x); each needs one of its own"])
    }

    @Test func security() {
        #expect(
            complaints([plain("a", "x")], security: .anyOf("key", "kye"))
                == ["a (GET /v1/x): asks for the security scheme \"kye\", and the API has \"key\""])
        #expect(complaints([plain("a", "x")], security: .open).isEmpty)
    }

    @Test func parameters() {
        let nested = Draft.get("a", "x", "").query(NestedQuery.self).headers(LoudHeaders.self).handle { _, _ in NoContent() }
        let found = complaints([nested])
        #expect(found.contains("a (GET /v1/x): the query parameter \"run\" is an object, which text cannot be"))
        #expect(found.contains("a (GET /v1/x): the header \"X-Mode\" has to be named in lower case: @Field(\"x-mode\")"))
        #expect(found.count == 2)
    }

    @Test func examplesAndErrors() {
        let example = Draft.post("a", "x", "").body(NewRun.self, example: NewRun(name: "")).handle { _, _ in NoContent() }
        #expect(complaints([example]).first?.contains("the example of its body is refused: /name") == true)
        let other = ProblemType("quota_exceeded", HTTPResponse.Status(code: 402), "Other", explanation: "")
        let twice = Draft.get("a", "x", "").errors(RunAPI.quotaExceeded, other).handle { _, _ in NoContent() }
        #expect(complaints([twice]) == ["the error code \"quota_exceeded\" is declared in two ways"])
    }

    @Test func namesOfTypes() {
        let first = Draft.get("a", "x", "").handle { _, _ in OK(RunView(name: "", isDry: false)) }
        let second = Draft.get("b", "y", "").handle { _, _ in OK(Shadow.RunView(other: 1)) }
        #expect(complaints([first, second]) == [SchemaNameConflict(name: "RunView").description])
    }

    @Test("Nothing stops at the first mistake, and the message lists them")
    func everythingAtOnce() throws {
        let router = Router(context: RunAPI.Context.self)
        let api = API(APIInfo(title: "Runs", version: "1"), security: [])
        api.group("v1", on: router, security: .required("key")).add(plain("a", "{x}"), plain("a", "{y}"))
        let error = try #require(throws: APIWiringError.self) { try api.finish() }
        #expect(error.problems.count == 6)
        #expect(error.description.hasPrefix("The API \"Runs\" is wired wrongly:\n  - a (GET /v1/{x}): "))
    }
}

@Schema struct OptionalPath { var name: String? }
@Schema struct OtherPath { var id: Int }
@Schema struct NestedQuery { var run: RunView? }
@Schema struct LoudHeaders { @Field("X-Mode") var mode: String? }

enum Shadow {
    @Schema struct RunView { var other: Int }
}
