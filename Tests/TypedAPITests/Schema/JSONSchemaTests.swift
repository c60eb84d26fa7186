import JSON
import Testing
import TypedAPI

@Suite struct JSONSchemaTests {
    @Test("Each declaration becomes its keyword")
    func keywords() throws {
        let schema = try CreateRun.jsonSchema()
        #expect(schema["$schema"] == "https://json-schema.org/draft/2020-12/schema")
        #expect(schema["$ref"] == "#/$defs/CreateRun")
        let run = try #require(schema["$defs"]?["CreateRun"])
        #expect(run["required"] == ["name", "projectId", "environment", "trigger", "owner"])
        #expect(run["additionalProperties"] == false)
        let expected: [String: JSONValue] = [
            "name": ["type": "string", "minLength": 1, "maxLength": 20, "description": "What people call it."],
            "projectId": ["type": "string", "format": "uuid"],
            "environment": ["$ref": "#/$defs/Environment"],
            "priority": ["type": "integer", "format": "int64", "minimum": 0, "maximum": 10, "default": 4],
            "tags": [
                "type": "array", "items": ["type": "string", "minLength": 1, "maxLength": 4], "maxItems": 3, "uniqueItems": true,
                "default": [],
            ],
            "callback": ["type": ["string", "null"], "format": "uri", "pattern": "^[hH][tT][tT][pP][sS]?://"],
            "payload": ["default": nil], "trigger": ["$ref": "#/$defs/Trigger"], "note": ["type": "string"],
            "owner": ["type": ["string", "null"]],
            "default": ["type": ["boolean", "null"]],
        ]
        for (name, property) in expected { #expect(run["properties"]?[name] == property, "\(name)") }
        #expect(run["properties"]?.object?.count == expected.count)
        #expect(schema["$defs"]?["Environment"] == ["type": "string", "enum": ["development", "production"]])
    }

    @Test("A union refers to a component a case, each with its tag")
    func unions() throws {
        let schema = try Trigger.jsonSchema()
        let trigger = try #require(schema["$defs"]?["Trigger"])
        #expect(trigger["description"] == "How it begins.")
        #expect(trigger["oneOf"]?.array?.count == 3)
        #expect(trigger["discriminator"]?["mapping"]?["cron"] == "#/$defs/TriggerCron")
        #expect(
            schema["$defs"]?["TriggerCron"] == [
                "type": "object", "properties": ["type": ["type": "string", "const": "cron"], "cron_expression": ["type": "string"]],
                "required": ["type", "cron_expression"], "additionalProperties": ["type": "integer", "format": "int64"],
            ])
    }

    @Test("A type that contains itself refers to itself")
    func recursive() throws {
        let tree = try #require(Tree.jsonSchema()["$defs"]?["Tree"]?["properties"])
        #expect(tree["children"]?["items"] == ["$ref": "#/$defs/Tree"])
        #expect(tree["parent"] == ["anyOf": [["$ref": "#/$defs/Tree"], ["type": "null"]]])
    }

    @Test("Two types with one name are refused by name")
    func conflict() {
        #expect(throws: SchemaNameConflict(name: "Inner")) { try Conflicting.jsonSchema() }
    }
}

@Schema struct Conflicting {
    @Schema struct Inner { var a: Int }
    var first: Inner
    var second: Other.Inner
}

enum Other {
    @Schema struct Inner { var b: Int }
}
