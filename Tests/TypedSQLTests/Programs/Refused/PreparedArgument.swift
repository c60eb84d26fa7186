import PostgresClient
import Primitives
import TypedSQL

let byProject = Prepared(ProjectID.self) { project in Run.from().where { $0.projectID == project } }

func preparedArgument(_ id: RunID) {
    _ = byProject(id)  // error: cannot convert value of type 'RunID'
}
