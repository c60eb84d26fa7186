extension CEL {
    /// What an expression may name: variables with types, functions, and the limits it runs under. The standard library and the strings,
    /// math, encoders, optionals, bindings and two-variable comprehension extensions are always there.
    public struct Environment: Sendable {
        public typealias Implementation = @Sendable ([Value]) throws -> Value

        struct Function: Sendable {
            let overload: Overload
            let implementation: Implementation
        }

        var variables: [String: ValueType] = [:]
        var functions: [Function] = []
        /// Names are looked up in this namespace first: `a.b` makes `x` mean `a.b.x`, then `a.x`, then `x`.
        public var container = ""
        public var limits = Limits()
        /// Whether undeclared names and types that do not fit are mistakes at compile time; otherwise they fail where they are evaluated.
        public var checksTypes = true
        /// Reads an undeclared first name as a variable of type `dyn`.
        public var allowsUndeclared = false

        public init() {}

        /// Declares a variable. The name may be qualified, as `request.time`.
        public mutating func declare(_ name: String, as type: ValueType) { variables[name] = type }

        /// Declares an overload of a function; as a method, the first type is the receiver's. It must depend on its arguments only.
        public mutating func declare(
            function name: String, _ parameters: [ValueType], returns result: ValueType, isMethod: Bool = false,
            _ implementation: @escaping Implementation
        ) {
            let overload = Overload(name: name, isMethod: isMethod, parameters: parameters, result: result)
            functions.append(Function(overload: overload, implementation: implementation))
        }
    }

    struct Overload: Sendable {
        let name: String
        let isMethod: Bool
        let parameters: [ValueType]
        let result: ValueType
    }
}
