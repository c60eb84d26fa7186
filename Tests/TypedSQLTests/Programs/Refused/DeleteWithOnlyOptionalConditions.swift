import PostgresClient
import Primitives
import TypedSQL

func deleteWithOnlyOptionalConditions(_ name: String?) {
    _ = Project.delete().where { project in  // error: cannot convert return expression of type 'OptionalFilter' to return type 'Filter'
        if let name { project.name == name }
    }
}
