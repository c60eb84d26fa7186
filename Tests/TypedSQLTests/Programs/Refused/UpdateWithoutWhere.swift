import PostgresClient
import Primitives
import TypedSQL

func updateWithoutWhere(_ database: PostgresPool) async throws {
    try await database.run(Run.update { $0.attempt.set(1) })  // error: requires that 'UpdateStart1<Run>' conform to 'Statement'
}
