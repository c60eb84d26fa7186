import PostgresClient
import Primitives
import TypedSQL

@Table
struct Orphan {
    @Column(.primaryKey) let id: Int
    @References(\Organization.identifier) var organizationID: String  // error: value of type 'Organization' has no member 'identifier'
}
