import PostgresClient
import Primitives
import TypedSQL

func wrongTypeInRow() {
    _ = Project.from().select(ProjectSummary.self) { project in
        let made = project.createdAt
        return .init(id: project.id, slug: project.name, runs: countRows(), latest: made)  // error: argument type 'Expr<Timestamp?>'
    }
}
