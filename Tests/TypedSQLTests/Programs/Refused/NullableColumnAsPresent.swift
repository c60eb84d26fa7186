import PostgresClient
import Primitives
import TypedSQL

func nullableColumnAsPresent(_ database: PostgresPool) async throws {
    let due: [Timestamp] = try await database.all(Run.from().select { $0.dueAt })  // error: to type '[Timestamp]'
    print(due)
}
