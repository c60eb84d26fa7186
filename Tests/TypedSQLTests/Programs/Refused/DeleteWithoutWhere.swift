import PostgresClient
import Primitives
import TypedSQL

func deleteWithoutWhere(_ database: PostgresPool) async throws {
    try await database.run(Run.delete())  // error: requires that 'DeleteStart1<Run>' conform to 'Statement'
}
