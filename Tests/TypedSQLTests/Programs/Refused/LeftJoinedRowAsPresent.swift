import PostgresClient
import Primitives
import TypedSQL

func leftJoinedRowAsPresent(_ database: PostgresPool) async throws {
    let rows = try await database.all(Project.from().leftJoin(Run.self) { $1.projectID == $0.id })
    print(rows[0].1.attempt)  // error: must be unwrapped to refer to member 'attempt'
}
