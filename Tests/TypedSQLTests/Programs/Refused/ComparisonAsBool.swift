import PostgresClient
import Primitives
import TypedSQL

func comparisonAsBool(_ database: PostgresPool) async throws {
    let done: [Bool] = try await database.all(Run.from().select { $0.dueAt == .now })  // error: to type '[Bool]'
    print(done)
}
