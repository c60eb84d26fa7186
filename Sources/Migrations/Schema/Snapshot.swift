import JSON
import TypedSQL

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// The text of `schema.json`: what a schema says, without what goes without saying, in an order and form that never vary.
enum Snapshot {
    static func text(of schema: DatabaseSchema) throws(MigrationError) -> String {
        do {
            let encoder = JSONEncoder()
            encoder.outputFormatting = .sortedKeys
            let value = try JSONValue(parsing: Array(encoder.encode(schema.normalized)))
            return JSONText.indented(.object(["format": 1, "schema": Shape.schema.pruned(value)])) + "\n"
        } catch {
            throw MigrationError(.file, "The schema cannot be written as JSON: \(error)")
        }
    }

    /// - Parameter path: For messages.
    static func schema(from text: String, path: String) throws(MigrationError) -> DatabaseSchema {
        do {
            let value = try JSONValue(parsing: text)
            guard value["format"]?.int == 1, let schema = value["schema"] else {
                throw MigrationError(.file, "\(path) is of another version of this tool: it says no \"format\": 1.")
            }
            return try JSONDecoder().decode(DatabaseSchema.self, from: Data(Shape.schema.restored(schema).bytes()))
        } catch let error as MigrationError {
            throw error
        } catch {
            throw MigrationError(.file, "\(path) is not a snapshot: \(error)")
        }
    }
}

/// What the members of an object are when they are left out, and which of them are objects, or lists of objects, with a shape of their own.
private struct Shape {
    var defaults = JSONObject()
    var children: [String: Shape] = [:]

    func pruned(_ value: JSONValue) -> JSONValue {
        switch value {
        case .array(let elements): return .array(elements.map(pruned))
        case .object(let object):
            var result = JSONObject()
            let names = ["id", "name"].filter(object.contains) + object.keys.filter { $0 != "id" && $0 != "name" }
            for name in names {
                guard let member = object[name], !member.isNull, member != defaults[name] else { continue }
                result[name] = children[name]?.pruned(member) ?? member
            }
            return .object(result)
        default: return value
        }
    }

    func restored(_ value: JSONValue) -> JSONValue {
        switch value {
        case .array(let elements): return .array(elements.map(restored))
        case .object(var object):
            for (name, member) in defaults where !object.contains(name) { object[name] = member }
            for (name, child) in children { object[name] = object[name].map(child.restored) }
            return .object(object)
        default: return value
        }
    }

    private static let type = Shape(defaults: ["modifiers": [], "isArray": false, "isBuiltIn": true])
    private static let identity = Shape(defaults: ["cycles": false])
    private static let element = Shape(defaults: ["isDescending": false])
    private static let index = Shape(
        defaults: [
            "isUnique": false, "method": "btree", "include": [], "nullsNotDistinct": false, "isConcurrent": false, "parameters": [:],
        ], children: ["elements": element])
    private static let column = Shape(defaults: ["isNullable": false], children: ["type": type, "identity": identity])
    private static let partition = Shape(
        defaults: ["partitions": []],
        children: ["partitions": Shape(defaults: ["partitions": []], children: ["partitions": Shape(defaults: ["partitions": []])])])
    private static let policy = Shape(defaults: ["isPermissive": true, "command": "all", "roles": []])
    private static let table = Shape(
        defaults: [
            "columns": [], "uniques": [], "foreignKeys": [], "checks": [], "exclusions": [], "indexes": [], "partitions": [],
            "rowSecurity": "off", "policies": [], "grants": [],
        ],
        children: [
            "columns": column, "primaryKey": Shape(defaults: ["include": []]),
            "uniques": Shape(defaults: ["include": [], "nullsNotDistinct": false, "deferral": "not deferrable"]),
            "foreignKeys": Shape(
                defaults: [
                    "deferral": "not deferrable", "onDelete": "no action", "onUpdate": "no action", "onDeleteColumns": [],
                    "matchesFull": false, "isValidated": true,
                ]), "checks": Shape(defaults: ["isValidated": true, "isInherited": true]),
            "exclusions": Shape(
                defaults: ["deferral": "not deferrable"], children: ["elements": Shape(children: ["element": element])]),
            "indexes": index, "partitions": partition, "policies": policy,
        ])
    static let schema = Shape(
        defaults: [
            "schemas": [], "extensions": [], "enums": [], "sequences": [], "tables": [], "objects": [], "roles": [], "schemaGrants": [],
        ],
        children: [
            "enums": Shape(defaults: ["renamedLabels": [:]]),
            "sequences": Shape(children: ["type": type, "options": identity]), "tables": table,
            "objects": Shape(defaults: ["dependsOn": []]),
        ])
}
