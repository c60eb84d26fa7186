import TestServices
import TypedSQL

/// Schemas at random, and changes to them that rows of ``RandomRows`` survive.
struct RandomSchema {
    static let roles = ["migrations_reader", "migrations_writer"]
    var random: SeededRandom
    private(set) var schema: DatabaseSchema
    /// Of names, so that none comes twice.
    private var counter = 0
    /// Tables with rows: what new foreign keys may point at.
    private var populated: Set<TableName> = []

    init(seed: UInt64) {
        random = SeededRandom(seed: seed)
        schema = DatabaseSchema(
            tables: [], schemas: ["extra"], roles: Self.roles.map { RoleSchema($0) },
            schemaGrants: [SchemaGrant(on: "extra", to: ["migrations_reader"])])
        for _ in 0..<3 { addEnum() }
        schema.sequences.append(SequenceSchema("ticket", type: .int4, options: IdentitySchema(.byDefault, start: 5, increment: 2)))
        schema.objects.append(
            SQLObject(
                "function.is_small",
                create:
                    "create or replace function is_small(value bigint) returns boolean language sql immutable as $$ select value < 1000000 $$",
                drop: "drop function is_small(bigint)"))
        schema.objects.append(
            SQLObject(
                "function.note_change",
                create: "create or replace function note_change() returns trigger language plpgsql as $$ begin return new; end $$",
                drop: "drop function note_change()"))
        for _ in 0..<4 { addTable() }
    }

    mutating func fresh(_ prefix: String) -> String {
        counter += 1
        return "\(prefix)\(counter)"
    }

    /// The next schema, some changes away.
    mutating func change() {
        populated = Set(schema.tables.map(\.name))
        for index in schema.tables.indices {
            schema.tables[index].renamedFrom = nil
            for column in schema.tables[index].columns.indices { schema.tables[index].columns[column].renamedFrom = nil }
        }
        for index in schema.enums.indices {
            schema.enums[index].renamedFrom = nil
            schema.enums[index].renamedLabels = [:]
        }
        for _ in 0..<Int.random(in: 2...7, using: &random) { changeOnce() }
    }

    private mutating func changeOnce() {
        switch Int.random(in: 0..<22, using: &random) {
        case 20, 21: changeNamespaces()
        case 0: addTable()
        case 1: if schema.tables.count > 3 { dropTable() }
        case 2: renameTable()
        case 3: addEnum()
        case 4, 5: changeEnum()
        case 6: changeSequence()
        case 7: changeObjects()
        case 8: changeSchemaGrants()
        default:
            guard let index = schema.tables.indices.randomElement(using: &random) else { return }
            var table = schema.tables[index]
            var change = TableMutation(random: random, schema: schema, populated: populated, counter: counter)
            change.apply(to: &table)
            (random, counter) = (change.random, change.counter)
            schema.tables[index] = table
        }
    }

    private mutating func addTable() {
        let name = TableName(fresh("table"), schema: random.chance(20) ? "extra" : nil)
        var maker = TableMutation(random: random, schema: schema, populated: populated, counter: counter)
        let table = maker.newTable(name)
        (random, counter) = (maker.random, maker.counter)
        schema.tables.append(table)
        if random.chance(40) { addObjects(on: table) }
    }

    private mutating func addObjects(on table: TableSchema) {
        let view = fresh("view")
        schema.objects.append(
            SQLObject(
                "view.\(view)", create: "create view \(view) as select id, title from \(table.name)", drop: "drop view \(view)",
                dependsOn: [table.name.name]))
        let trigger = fresh("trigger")
        schema.objects.append(
            SQLObject(
                "trigger.\(trigger)",
                create: "create trigger \(trigger) before update of title on \(table.name) for each row execute function note_change()",
                drop: "drop trigger \(trigger) on \(table.name)", dependsOn: [table.name.name, "function.note_change"]))
    }

    private mutating func dropTable() {
        guard let table = random.pick(schema.tables) else { return }
        schema.tables.removeAll { $0.name == table.name }
        for index in schema.tables.indices { schema.tables[index].foreignKeys.removeAll { $0.table == table.name } }
        schema.objects.removeAll { $0.dependsOn.contains(table.name.name) }
    }

    private mutating func renameTable() {
        guard let index = schema.tables.indices.randomElement(using: &random), schema.tables[index].renamedFrom == nil,
            populated.contains(schema.tables[index].name),
            !schema.objects.contains(where: { [name = schema.tables[index].name.name] in $0.dependsOn.contains(name) })
        else { return }
        let old = schema.tables[index].name
        schema.tables[index].renamedFrom = old.name
        schema.tables[index].name.name = fresh("renamed")
        let new = schema.tables[index].name
        for table in schema.tables.indices {
            for key in schema.tables[table].foreignKeys.indices where schema.tables[table].foreignKeys[key].table == old {
                schema.tables[table].foreignKeys[key].table = new
            }
        }
    }

    // MARK: Types

    private mutating func addEnum() {
        schema.enums.append(EnumDefinition(name: fresh("mood"), labels: ["calm", "glad", "sad", "wild"].map { $0 }))
    }

    private mutating func changeEnum() {
        guard let index = schema.enums.indices.randomElement(using: &random) else { return }
        var type = schema.enums[index]
        switch Int.random(in: 0..<5, using: &random) {
        case 0, 1:
            type.labels.insert(fresh("label"), at: Int.random(in: 0...type.labels.count, using: &random))
        case 2:
            // Rows hold the first three labels of the beginning; the others may go.
            if let label = type.labels.last(where: { !["calm", "glad", "sad"].contains($0) && !$0.hasPrefix("kept") }) {
                type.labels.removeAll { $0 == label }
                type.renamedLabels = type.renamedLabels.filter { $0.value != label }
            }
        case 3:
            type.labels.shuffle(using: &random)
        default:
            // A label whose name nothing else says.
            if let label = type.labels.first(where: { $0 == "wild" || $0.hasPrefix("label") }), type.renamedLabels.isEmpty,
                schema.tables.allSatisfy({ !$0.mentions(label) })
            {
                let new = fresh("kept")
                type.labels = type.labels.map { $0 == label ? new : $0 }
                type.renamedLabels = [label: new]
            }
        }
        schema.enums[index] = type
    }

    private mutating func changeSequence() {
        if schema.sequences.count < 3, random.chance(50) {
            schema.sequences.append(SequenceSchema(fresh("sequence"), type: .int8))
        } else if let index = schema.sequences.indices.randomElement(using: &random) {
            if random.chance(30), schema.sequences.count > 1 {
                schema.sequences.remove(at: index)
            } else {
                schema.sequences[index].options.increment = Int.random(in: 2...9, using: &random)
                schema.sequences[index].options.cycles = random.chance(50)
            }
        }
    }

    private mutating func changeObjects() {
        if let index = schema.objects.indices.dropFirst(2).randomElement(using: &random), random.chance(30) {
            schema.objects.remove(at: index)
        } else if random.chance(50), let table = random.pick(schema.tables) {
            addObjects(on: table)
        } else {
            schema.objects[0].create =
                "create or replace function is_small(value bigint) returns boolean language sql immutable as $$ select value < \(1_000_000 + Int.random(in: 0...99, using: &random)) $$"
        }
    }

    /// Schemas without tables, extensions that owners may make, and roles, which belong to the cluster and are never dropped.
    private mutating func changeNamespaces() {
        switch Int.random(in: 0..<3, using: &random) {
        case 0:
            if let place = schema.schemas.firstIndex(where: { $0.hasPrefix("space") }), random.chance(50) {
                let name = schema.schemas.remove(at: place)
                schema.schemaGrants.removeAll { $0.schema == name }
            } else {
                schema.schemas.append(fresh("space"))
                if random.chance(50) { schema.schemaGrants.append(SchemaGrant(on: "space\(counter)", to: [random.pick(Self.roles) ?? ""])) }
            }
        case 1:
            schema.extensions = schema.extensions.isEmpty ? [random.pick(["citext", "pgcrypto", "btree_gist"]) ?? "citext"] : []
        default:
            let name = "migrations_role\(Int.random(in: 1...3, using: &random))"
            if !schema.roles.contains(RoleSchema(name)) { schema.roles.append(RoleSchema(name)) }
        }
    }

    private mutating func changeSchemaGrants() {
        let role = random.pick(Self.roles) ?? ""
        schema.schemaGrants.removeAll { $0.schema == "extra" }
        if random.chance(70) { schema.schemaGrants.append(SchemaGrant([.usage, .create], on: "extra", to: [role])) }
    }
}

extension TableSchema {
    func mentions(_ word: String) -> Bool { "\(self)".contains(word) }
}
