import PostgresClient
import Primitives
import TypedSQL

enum LoanState: String, PostgresEnum {
    static let typeName = "loan_state"
    case open, returned, lost
}

@Table("author")
struct Author {
    @Column(.primaryKey, onInsert: UUIDv7()) let id: UUIDv7
    var name: String
    @Column(default: .now) var createdAt: Timestamp
}

@Table("book")
struct Book {
    @Column(.primaryKey, onInsert: UUIDv7()) let id: UUIDv7
    @References(\Author.id, onDelete: .cascade) var authorID: UUIDv7
    var title: String
    var pages: Int32?

    static func constraints(_ table: Columns) -> [TableElement] {
        [.unique(table.authorID, table.title), .check("book_pages_check", table.pages > 0)]
    }
}

@Table("loan")
struct Loan {
    @Column(.primaryKey, .identity(.byDefault)) let id: Int
    @References(\Book.id) var bookID: UUIDv7
    var reader: String
    @Column(default: .value(LoanState.open)) var state: LoanState
    var dueAt: Timestamp

    static func constraints(_ table: Columns) -> [TableElement] {
        [.index(table.dueAt, where: table.state == .open), .grant(.select, to: "library_reader")]
    }
}

let librarySchema = DatabaseSchema(
    tables: [Author.schema, Book.schema, Loan.schema], enums: [LoanState.definition], roles: [RoleSchema("library_reader")],
    schemaGrants: [SchemaGrant(to: ["library_reader"])])
