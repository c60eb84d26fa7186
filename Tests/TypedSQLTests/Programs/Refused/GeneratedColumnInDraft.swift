import PostgresClient
import Primitives
import TypedSQL

@Table
struct Counter {
    @Column(.primaryKey, .identity(.always)) let id: Int
    var name: String
}

func generatedColumnInDraft() {
    _ = Counter.insert(.init(id: 1, name: "x"))  // error: extra argument 'id' in call
}
