import PostgresClient
import Primitives
import TypedSQL

func sumOfText() {
    _ = Project.from().select { $0.name.sum() }  // error: requires that 'String' conform to 'NumericColumnValue'
}
