import JSON
import Primitives

/// How the fields of rows are written in answers.
extension JSONValue {
    static func time(_ time: Timestamp) -> JSONValue { .string(time.rfc3339) }
    static func time(orNull time: Timestamp?) -> JSONValue { time.map(JSONValue.time) ?? .null }
    static func bool(orNull value: Bool?) -> JSONValue { value.map(JSONValue.bool) ?? .null }
    static func number(orNull value: Int?) -> JSONValue { value.map { .number($0) } ?? .null }
}
