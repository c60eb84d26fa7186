import PostgresClient
import Primitives
import TypedSQL

@Table
struct Rootless {
    @Column(.primaryKey) let id: Int
    @References(\.id) var organizationID: String  // error: @References takes a key path with its table: \Other.id
}
