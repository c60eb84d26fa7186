import Foundation
import JSON
import Testing
import TypedAPI

@testable import Mainstay

@Suite struct APITests {
    @Test("The committed page of problems is that of the program; scripts/document-problems writes it")
    func problems() throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        #expect(try String(contentsOf: root.appending(path: "docs/problems.md"), encoding: .utf8) == ProblemsDocument.text)
        #expect(Set(ProblemType.all.map(\.code)).count == ProblemType.all.count)
    }

    @Test(
        "What cannot be an id in a path is what does not exist",
        arguments: [("project", "project_not_found"), ("message", "message_not_found"), ("other", "route_not_found")])
    func malformedIDs(name: String, code: String) throws {
        let finding = Dialect.Finding(part: .path, issue: TypedAPI.Issue(pointer: "/\(name)", code: .format, message: ""))
        let problem = try #require(Dialect.mainstay.render(.invalid([finding])) as? Problem)
        #expect(problem.type.code == code)
    }

    @Test(
        "Publishing: what contradicts itself is refused, all of it at once",
        arguments: [
            (#"{"payload":1,"delay":"PT1S","scheduledFor":"2030-01-01T00:00:00Z"}"#, ["/scheduledFor conflict"]),
            (#"{"payload":1,"encoding":"base64"}"#, ["/payload format"]),
            (#"{"payload":"aGk=","encoding":"base64"}"#, []), (#"{"payload":"aGl=","encoding":"base64"}"#, ["/payload format"]),
            (#"{"payload":null}"#, []), (#"{}"#, ["/payload required"]),
            (
                #"{"payload":1,"encoding":"hex","contentType":"x","delay":null}"#,
                ["/encoding choice", "/contentType length", "/contentType format", "/delay type"]
            ),
        ])
    func publishing(text: String, problems: [String]) throws {
        do throws(SchemaFailure) {
            _ = try PublishMessage.parse(text)
            #expect(problems.isEmpty)
        } catch {
            guard case .invalid(let issues) = error else {
                Testing.Issue.record("\(error)")
                return
            }
            #expect(Set(issues.map { "\($0.pointer) \($0.code.rawValue)" }) == Set(problems))
        }
    }
}
