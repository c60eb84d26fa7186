import PostgresClient
import Primitives
import TypedSQL

func leftJoinedAsPresent(_ database: PostgresPool) async throws {
    let query = Project.from().leftJoin(Run.self) { $1.projectID == $0.id }.select { ($0.name, $1.status) }
    for (_, status) in try await database.all(query) {
        let present: RunStatus = status  // error: (aka 'Optional<RunStatus>') must be unwrapped to a value of type 'RunStatus'
        print(present)
    }
}
