import ArgumentParser
import CEL
import Foundation
import JSON

struct CELCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cel", abstract: "Evaluate a CEL expression over the members of a JSON object.",
        discussion: "Prints the value as JSON. Needs no settings and no stores. An expression that fails is told with line and column.")

    @Argument(help: "The expression, such as 'total > 1000 && country in [\"DE\", \"AT\"]'.")
    var expression: String

    @Option(help: "A file with a JSON object, whose members are the variables; - reads standard input.")
    var input: String?

    @Flag(help: "Print the paths that the expression reads instead of its value.")
    var references = false

    func run() async throws {
        try await Launcher.reportingFailure {
            do {
                var environment = CEL.Environment()
                environment.allowsUndeclared = true
                let program = try CEL.compile(expression, in: environment)
                if references {
                    try Console.result(program.references.map { $0.joined(separator: ".") }.joined(separator: "\n"))
                } else {
                    try Console.result(try program.evaluate(try variables()).json().text())
                }
            } catch let failure as CEL.Failure {
                throw LaunchError(description: "\(failure)")
            }
        }
    }

    private func variables() throws -> JSONObject {
        guard let input else { return JSONObject() }
        let bytes =
            input == "-"
            ? try FileHandle.standardInput.readToEnd() ?? Data() : try Data(contentsOf: URL(filePath: input))
        do {
            guard let object = try JSONValue(parsing: Array(bytes)).object else {
                throw LaunchError(description: "\(input) holds no JSON object; its members are the variables.")
            }
            return object
        } catch let error as JSONError {
            throw LaunchError(description: "\(input) is not JSON: \(error)")
        }
    }
}
