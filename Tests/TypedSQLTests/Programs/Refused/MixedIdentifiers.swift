import PostgresClient
import Primitives
import TypedSQL

func mixedIdentifiers() {
    _ = Run.from().join(Project.self) { run, project in run.id == project.id }  // error: operands of type 'Expr<RunID>'
}
