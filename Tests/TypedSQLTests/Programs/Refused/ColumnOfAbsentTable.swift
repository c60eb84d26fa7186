import PostgresClient
import Primitives
import TypedSQL

func columnOfAbsentTable() {
    _ = Run.from().where { $0.slug == "acme" }  // error: value of type 'Run.Columns' has no member 'slug'
}
