import PostgresClient
import Primitives
import TypedSQL

func unionOfDifferentRows() {
    _ = Run.from().select { $0.id }.union(Project.from().select { $0.id })  // error: requires the types 'Expr<RunID>.Output'
}
