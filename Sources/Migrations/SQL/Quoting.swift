import TypedSQL

/// `name` in double quotes where the server needs them, so that generated SQL reads like hand-written.
func quoted(_ name: String) -> String {
    let isPlain =
        name.utf8.first.map { (97...122).contains($0) || $0 == 95 } ?? false
        && name.utf8.allSatisfy { (97...122).contains($0) || (48...57).contains($0) || $0 == 95 }
    if isPlain, !reservedWords.contains(name) { return name }
    return "\"" + name.replacing("\"", with: "\"\"") + "\""
}

func quoted(_ name: TableName) -> String { name.schema.map { quoted($0) + "." + quoted(name.name) } ?? quoted(name.name) }

func quoted(_ names: [String]) -> String { names.map { quoted($0) }.joined(separator: ", ") }

/// A string literal.
func literal(_ text: String) -> String {
    let escaped = text.replacing("'", with: "''")
    return text.contains("\\") ? "E'" + escaped.replacing("\\", with: "\\\\") + "'" : "'" + escaped + "'"
}

/// A type as SQL.
func sql(_ type: SQLType) -> String {
    guard !type.isBuiltIn else { return type.description }
    let name = (type.schema.map { quoted($0) + "." } ?? "") + quoted(type.name)
    return name + (type.modifiers.isEmpty ? "" : "(" + type.modifiers.map(String.init).joined(separator: ",") + ")")
        + (type.isArray ? "[]" : "")
}

/// Reserved for names of columns, tables, functions or types.
private let reservedWords: Set<String> = [
    "all", "analyse", "analyze", "and", "any", "array", "as", "asc", "asymmetric", "authorization", "between", "bigint", "binary", "bit",
    "boolean", "both", "case", "cast", "char", "character", "check", "coalesce", "collate", "collation", "column", "concurrently",
    "constraint", "create", "cross", "current_catalog", "current_date", "current_role", "current_schema", "current_time",
    "current_timestamp", "current_user", "dec", "decimal", "default", "deferrable", "desc", "distinct", "do", "else", "end", "except",
    "exists", "extract", "false", "fetch", "float", "for", "foreign", "freeze", "from", "full", "grant", "greatest", "group", "grouping",
    "having", "ilike", "in", "initially", "inner", "inout", "int", "integer", "intersect", "interval", "into", "is", "isnull", "join",
    "lateral", "leading", "least", "left", "like", "limit", "localtime", "localtimestamp", "national", "natural", "nchar", "none",
    "normalize", "not", "notnull", "null", "nullif", "numeric", "offset", "on", "only", "or", "order", "out", "outer", "overlaps",
    "overlay",
    "placing", "position", "precision", "primary", "real", "references", "returning", "right", "row", "select", "session_user", "setof",
    "similar", "smallint", "some", "substring", "symmetric", "system_user", "table", "tablesample", "then", "time", "timestamp", "to",
    "trailing", "treat", "trim", "true", "union", "unique", "user", "using", "values", "varchar", "variadic", "verbose", "when", "where",
    "window", "with", "xmlattributes", "xmlconcat", "xmlelement", "xmlexists", "xmlforest", "xmlnamespaces", "xmlparse", "xmlpi", "xmlroot",
    "xmlserialize", "xmltable",
]
