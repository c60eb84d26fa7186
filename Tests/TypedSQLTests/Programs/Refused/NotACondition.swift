import PostgresClient
import Primitives
import TypedSQL

func notACondition() {
    _ = Project.from().where { $0.name }  // error: requires that 'String' conform to 'ConditionValue'
}
