import CEL
import Foundation
import Testing

/// The language's own cases.
@Suite struct ConformanceTests {
    static let files = [
        "basic", "bindings_ext", "block_ext", "comparisons", "conversions", "encoders_ext", "fields", "fp_math", "integer_math", "lists",
        "logic",
        "macros", "macros2", "math_ext", "namespace", "optionals", "parse", "plumbing", "string", "string_ext", "timestamps",
        "type_deduction",
    ]

    /// The cases of google/cel-spec are not part of this repository: CEL_SPEC names the folder with its `tests/simple/testdata` files, else
    /// `../shared/data/cel-spec` beside the checkout is looked at.
    static let folder: URL? = {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        let beside = root.deletingLastPathComponent().appending(path: "shared/data/cel-spec")
        let folder = ProcessInfo.processInfo.environment["CEL_SPEC"].map { URL(filePath: $0) } ?? beside
        return FileManager.default.fileExists(atPath: folder.appending(path: "basic.textproto").path) ? folder : nil
    }()

    @Test("Every case of the file holds", .enabled(if: folder != nil, "CEL_SPEC names no folder with the cases"), arguments: files)
    func everyCase(_ file: String) throws {
        let folder = try #require(Self.folder)
        let document = TextProto(parsing: Array(try Data(contentsOf: folder.appending(path: "\(file).textproto"))))
        var passed = 0
        var skipped: [String] = []
        for section in document.messages("section") {
            for test in section.messages("test") {
                let name = "\(file)/\(section.string("name") ?? "")/\(test.string("name") ?? "")"
                guard !Self.needsMessages(test) else {
                    skipped.append(name)
                    continue
                }
                do {
                    if let problem = try Self.problem(test) {
                        Issue.record("\(name): \(test.string("expr") ?? ""): \(problem)")
                    } else {
                        passed += 1
                    }
                } catch {
                    Issue.record("\(name): \(test.string("expr") ?? ""): \(error)")
                }
            }
        }
        print("CEL conformance: \(file): \(passed) passed, \(skipped.count) skipped for messages: \(skipped.joined(separator: ", "))")
        #expect(passed > 0)
    }

    private static func needsMessages(_ test: TextProto) -> Bool {
        func names(_ message: TextProto) -> Bool {
            message.fields.contains { field in
                if ["object_value", "message_type", "enum_value", "wrapper", "type_url"].contains(field.name) { return true }
                if case .message(let inside) = field.value { return names(inside) }
                return false
            }
        }
        let source = test.string("expr") ?? ""
        let messages = ["TestAllTypes", "NestedTestAllTypes", "GlobalEnum", "google.protobuf.", "proto2.", "proto3."]
        let allowed = source.replacing("google.protobuf.Timestamp ==", with: "").replacing("google.protobuf.Duration ==", with: "")
        return messages.contains { allowed.contains($0) } || names(test)
    }

    private static func problem(_ test: TextProto) throws -> String? {
        var environment = CEL.Environment()
        environment.container = test.string("container") ?? ""
        environment.checksTypes = test.word("disable_check") != "true"
        for declaration in test.messages("type_env") {
            let name = declaration.string("name") ?? ""
            if let type = declaration.message("ident")?.message("type") { environment.declare(name, as: Self.type(type)) }
            for overload in declaration.message("function")?.messages("overloads") ?? [] {
                environment.declare(
                    function: name, overload.messages("params").map(Self.type),
                    returns: overload.message("result_type").map(Self.type) ?? .dyn,
                    isMethod: overload.word("is_instance_function") == "true"
                ) { _ in .null }
            }
        }
        var values: [String: CEL.Value] = [:]
        for binding in test.messages("bindings") {
            guard let key = binding.string("key"), let value = binding.message("value")?.message("value") else { continue }
            values[key] = Self.value(value)
        }
        let expectsFailure = test.has("eval_error") || test.has("any_eval_errors")
        let result: CEL.Value
        do {
            let program = try CEL.compile(test.string("expr") ?? "", in: environment)
            if let wanted = test.message("typed_result")?.message("deduced_type") {
                let type = Self.type(wanted)
                guard program.resultType == type else { return "has type \(program.resultType) instead of \(type)" }
                guard test.message("typed_result")?.has("result") ?? false else { return nil }
            }
            if test.word("check_only") == "true" { return nil }
            result = try program.evaluate(values)
        } catch {
            return expectsFailure ? nil : "\(error)"
        }
        if expectsFailure { return "is \(result) instead of an error" }
        let wanted = (test.message("value") ?? test.message("typed_result")?.message("result")).map(Self.value) ?? .bool(true)
        return shown(result) == shown(wanted) ? nil : "is \(shown(result)) instead of \(shown(wanted))"
    }

    /// Text that differs when values or their types do.
    private static func shown(_ value: CEL.Value) -> String {
        switch value {
        case .list(let list): "[" + list.map(shown).joined(separator: ", ") + "]"
        case .map(let map): "{" + map.map { "\(shown($0.value)): \(shown($1))" }.sorted().joined(separator: ", ") + "}"
        case .type(let type): "type \("\(type)".prefix { $0 != "(" })"
        case .optional(let optional): "optional(\(optional.value.map(shown) ?? ""))"
        case .double(let value): "double \(value)"
        default: "\(value)"
        }
    }

    private static func value(_ message: TextProto) -> CEL.Value {
        guard let field = message.fields.first else { return .null }
        switch (field.name, field.value) {
        case ("bool_value", .word(let word)): return .bool(word == "true")
        case ("int64_value", .word(let word)): return .int(Int64(word)!)
        case ("uint64_value", .word(let word)): return .uint(UInt64(word)!)
        case ("double_value", .word(let word)): return .double(Double(word.replacing("Infinity", with: "inf"))!)
        case ("string_value", .text(let bytes)): return .string(String(decoding: bytes, as: UTF8.self))
        case ("bytes_value", .text(let bytes)): return .bytes(bytes)
        case ("type_value", .text(let bytes)):
            let environment = CEL.Environment()
            return (try? CEL.compile(String(decoding: bytes, as: UTF8.self), in: environment).evaluate()) ?? .null
        case ("list_value", .message(let list)): return .list(list.messages("values").map(value))
        case ("map_value", .message(let map)):
            var result = CEL.Map()
            for entry in map.messages("entries") {
                result.insert(entry.message("key").map(value) ?? .null, entry.message("value").map(value) ?? .null)
            }
            return .map(result)
        default: return .null
        }
    }

    private static func type(_ message: TextProto) -> CEL.ValueType {
        guard let field = message.fields.first else { return .dyn }
        switch (field.name, field.value) {
        case ("primitive", .word(let word)):
            let types: [String: CEL.ValueType] = [
                "BOOL": .bool, "INT64": .int, "UINT64": .uint, "DOUBLE": .double, "STRING": .string, "BYTES": .bytes,
            ]
            return types[word]!
        case ("well_known", .word(let word)): return word == "TIMESTAMP" ? .timestamp : word == "DURATION" ? .duration : .dyn
        case ("null", _): return .null
        case ("list_type", .message(let list)): return .list(list.message("elem_type").map(type) ?? .dyn)
        case ("map_type", .message(let map)):
            return .map(map.message("key_type").map(type) ?? .dyn, map.message("value_type").map(type) ?? .dyn)
        case ("type", .message(let inside)): return .type(inside.fields.isEmpty ? .dyn : type(inside))
        case ("type_param", .text(let bytes)): return .parameter(String(decoding: bytes, as: UTF8.self))
        case ("abstract_type", .message(let abstract)):
            let parameter = abstract.message("parameter_types").map(type) ?? .dyn
            return abstract.string("name") == "optional_type" ? .optional(parameter) : .dyn
        default: return .dyn
        }
    }
}
