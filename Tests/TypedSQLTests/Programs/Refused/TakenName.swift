import PostgresClient
import TypedSQL

@Table
struct Lookup {
    @Column(.primaryKey) let id: Int
    var tableReference: Int  // error: 'tableReference' is taken by the table's columns: call the property otherwise
}
