extension DevServices {
    /// Makes a database owned by the role `mainstay`, in some tens of milliseconds.
    ///
    /// - Parameter template: A database to copy, schema and rows; it must have no connections meanwhile.
    /// - Returns: Its URL.
    @discardableResult
    public func createDatabase(_ name: String, template: String? = nil) async throws(DevServicesError) -> String {
        let source = try template.map { name throws(DevServicesError) in " template \(try identifier(name))" } ?? ""
        try await execute("create database \(try identifier(name))\(source)")
        return databaseURL(name)
    }

    /// Removes a database that `createDatabase` made, ending its connections. Nothing happens when there is none.
    public func dropDatabase(_ name: String) async throws(DevServicesError) {
        try await execute("drop database if exists \(try identifier(name)) with (force)")
    }

    private func execute(_ sql: String) async throws(DevServicesError) {
        let port = try running(.postgres).port
        guard let postgres else { return }
        // Connected to `postgres`, so that `mainstay` stays free to be a template.
        let result = try await postgres.psql(sql, port: port, user: "mainstay", database: "postgres")
        guard result.status == 0 else { throw DevServicesError(.commandFailed, "`\(sql)` failed: \(result.output.trimmed)") }
    }

    private func identifier(_ name: String) throws(DevServicesError) -> String {
        guard (1...63).contains(name.utf8.count), !name.utf8.contains(0) else {
            throw DevServicesError(.commandFailed, "A database name has 1 to 63 bytes.")
        }
        return "\"\(name.replacing("\"", with: "\"\""))\""
    }
}
