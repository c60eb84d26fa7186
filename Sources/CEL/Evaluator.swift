internal import JSON
internal import LinearRegex

extension CEL {
    /// One evaluation: the inputs, the values of the macros' names, and what may still be spent.
    struct Evaluator {
        private let code: [Code]
        private let program: Program
        private let values: [String: Value]
        private let object: JSONObject?
        private var locals: [Value]
        private var steps: Int
        private var bytes: Int

        init(_ program: Program, variables: [String: Value], object: JSONObject?) {
            code = program.code
            self.program = program
            values = variables
            self.object = object
            locals = program.localCount == 0 ? [] : Array(repeating: .null, count: program.localCount)
            steps = program.limits.steps
            bytes = program.limits.bytes
        }

        mutating func run() throws(Failure) -> Value {
            do throws(Failure) {
                return try evaluate(program.root)
            } catch {
                throw error.located(in: program.tree.source)
            }
        }

        // MARK: What is spent

        @inline(__always) mutating func spend(steps count: Int) throws(Failure) {
            steps -= count
            if steps < 0 { throw Failure(.limit, "The evaluation takes more than \(program.limits.steps) steps.") }
        }

        @inline(__always) mutating func spend(bytes count: Int) throws(Failure) {
            bytes -= count
            if bytes < 0 { throw Failure(.limit, "The evaluation makes more than \(program.limits.bytes) bytes.") }
            try spend(steps: count >> 6)
        }

        // MARK: Nodes

        mutating func evaluate(_ place: Int) throws(Failure) -> Value {
            do throws(Failure) {
                return try node(place)
            } catch {
                guard error.offset < 0 else { throw error }
                var located = error
                located.offset = program.offsets[place]
                throw located
            }
        }

        private mutating func node(_ place: Int) throws(Failure) -> Value {
            try spend(steps: 1)
            switch code[place] {
            case .constant(let value): return value
            case .variable(let index): return try variable(program.variables[index])
            case .local(let index): return locals[index]
            case .select(let operand, let name, let isOptional): return try select(try evaluate(operand), name, isOptional)
            case .has(let operand, let name): return .bool(try has(try evaluate(operand), name))
            case .index(let operand, let index, let isOptional):
                return try element(of: try evaluate(operand), at: try evaluate(index), isOptional)
            case .and(let left, let right): return .bool(try logical(left, right, decisive: false))
            case .or(let left, let right): return .bool(try logical(left, right, decisive: true))
            case .conditional(let condition, let yes, let no):
                guard case .bool(let value) = try evaluate(condition) else { throw Self.noOverload("?:") }
                return try evaluate(value ? yes : no)
            case .not(let operand):
                guard case .bool(let value) = try evaluate(operand) else { throw Self.noOverload("!") }
                return .bool(!value)
            case .negate(let operand): return try Self.negate(try evaluate(operand))
            case .binary(let operation, let left, let right):
                return try binary(operation, try evaluate(left), try evaluate(right))
            case .call(let builtin, let a, let b, let c, let d, let count):
                return try call(
                    builtin, count > 0 ? try evaluate(a).plain : .null, count > 1 ? try evaluate(b).plain : .null,
                    count > 2 ? try evaluate(c).plain : .null, count > 3 ? try evaluate(d).plain : .null, count)
            case .variadic(let builtin, let parts):
                var arguments: [Value] = []
                for part in parts { arguments.append(try evaluate(part)) }
                return try extreme(builtin, arguments)
            case .matches(let operand, let pattern):
                guard case .string(let text) = try evaluate(operand) else { throw Self.noOverload("matches") }
                return .bool(try matches(text, pattern))
            case .custom(let candidates, let parts, let fallback): return try custom(candidates, parts, fallback)
            case .list(let parts): return try list(parts)
            case .map(let entries): return try map(entries)
            case .loop(let macro, let local, let names, let range, let first, let second):
                return try loop(macro, local, names, try evaluate(range), first, second)
            case .block(let parts, let local, let body):
                for (index, part) in parts.enumerated() { locals[local + index] = try evaluate(part) }
                return try evaluate(body)
            case .fail(let message): throw Failure(.evaluation, message)
            }
        }

        static func noOverload(_ name: String) -> Failure { Failure(.evaluation, "'\(name)' does not take values of these types.") }

        private func variable(_ name: String) throws(Failure) -> Value {
            if let value = values[name] { return value }
            if let value = object?[name] { return Value(value) }
            throw Failure(.evaluation, "The variable '\(name)' has no value.")
        }

        /// Both sides may fail; only what the other side does not decide is an error.
        private mutating func logical(_ left: Int, _ right: Int, decisive: Bool) throws(Failure) -> Bool {
            let name = decisive ? "||" : "&&"
            var failure: Failure?
            do throws(Failure) {
                guard case .bool(let value) = try evaluate(left) else { throw Self.noOverload(name) }
                if value == decisive { return decisive }
            } catch {
                guard error.kind != .limit else { throw error }
                failure = error
            }
            guard case .bool(let other) = try evaluate(right) else { throw failure ?? Self.noOverload(name) }
            if other == decisive { return decisive }
            if let failure { throw failure }
            return !decisive
        }

        private mutating func custom(_ candidates: [Int], _ parts: [Int], _ fallback: Int) throws(Failure) -> Value {
            var arguments: [Value] = []
            for part in parts { arguments.append(try evaluate(part)) }
            for candidate in candidates {
                let function = program.functions[candidate]
                let fits = zip(function.overload.parameters, arguments).allSatisfy { Self.admits($0, $1) }
                guard fits else { continue }
                do {
                    return try function.implementation(arguments)
                } catch let failure as Failure {
                    throw failure
                } catch {
                    throw Failure(.evaluation, "\(error)")
                }
            }
            guard fallback >= 0 else { throw Self.noOverload(program.functions[candidates[0]].overload.name) }
            return try evaluate(fallback)
        }

        private static func admits(_ type: ValueType, _ value: Value) -> Bool {
            switch type {
            case .dyn, .parameter, .variable: true
            default: type.name == value.valueType.name
            }
        }

        // MARK: Members and elements

        private func member(_ value: Value, _ name: String) throws(Failure) -> Value? {
            switch value {
            case .object(let object): return object[name].map { Value($0) }
            case .map(let map): return map[.string(name)]
            default: throw Failure(.evaluation, "A value of type \(value.valueType.name) has no members: no such overload for '.\(name)'.")
            }
        }

        private func select(_ value: Value, _ name: String, _ isOptional: Bool) throws(Failure) -> Value {
            if case .optional(let optional) = value {
                guard let inside = optional.value, let found = try member(inside, name) else { return Value.none() }
                return .optional(Value.Optional(found))
            }
            let found = try member(value, name)
            if isOptional { return .optional(Value.Optional(found)) }
            guard let found else { throw Failure(.evaluation, "There is no such key: '\(name)'.") }
            return found
        }

        private func has(_ value: Value, _ name: String) throws(Failure) -> Bool {
            if case .optional(let optional) = value {
                return try optional.value.map { value throws(Failure) in try member(value, name) != nil } ?? false
            }
            return try member(value, name) != nil
        }

        private func found(_ value: Value, _ key: Value) throws(Failure) -> Value? {
            switch value {
            case .object(let object):
                guard case .string(let name) = key else {
                    guard Map.Key(key) != nil else { throw Self.noOverload("[]") }
                    return nil
                }
                return object[name].map { Value($0) }
            case .map(let map):
                if let value = map[key] { return value }
                switch key.plain {
                case .bool, .int, .uint, .string, .double: return nil
                default: throw Self.noOverload("[]")
                }
            case .list(let list): return Self.position(key, list.count).map { list[$0] }
            case .array(let array): return Self.position(key, array.count).map { Value(array[$0]) }
            default: throw Failure(.evaluation, "A value of type \(value.valueType.name) has no elements: no such overload for '[]'.")
            }
        }

        private static func position(_ key: Value, _ count: Int) -> Int? {
            let place: Int? =
                switch key.plain {
                case .int(let value): Int(exactly: value)
                case .uint(let value): Int(exactly: value)
                case .double(let value): Int(exactly: value)
                default: nil
                }
            guard let place, place >= 0, place < count else { return nil }
            return place
        }

        private func element(of value: Value, at key: Value, _ isOptional: Bool) throws(Failure) -> Value {
            if case .optional(let optional) = value {
                guard let inside = optional.value else { return value }
                return .optional(Value.Optional(try found(inside, key)))
            }
            let found = try found(value, key)
            if isOptional { return .optional(Value.Optional(found)) }
            guard let found else {
                switch value {
                case .list, .array: throw Failure(.evaluation, "The index is out of range: invalid_argument.")
                default: throw Failure(.evaluation, "There is no such key: \(Self.shown(key)).")
                }
            }
            return found
        }

        static func shown(_ value: Value) -> String {
            switch value {
            case .string(let text): "'\(text.prefix(100))'"
            default: (try? text(of: value)) ?? value.valueType.name
            }
        }

        // MARK: Literals

        private mutating func list(_ parts: [(Int, isOptional: Bool)]) throws(Failure) -> Value {
            try spend(bytes: 32 * parts.count)
            var result: [Value] = []
            result.reserveCapacity(parts.count)
            for (part, isOptional) in parts {
                let value = try evaluate(part)
                guard isOptional else {
                    result.append(value)
                    continue
                }
                guard case .optional(let optional) = value else { throw Self.noOverload("?") }
                if let value = optional.value { result.append(value) }
            }
            return .list(result)
        }

        private mutating func map(_ entries: [MapEntry]) throws(Failure) -> Value {
            try spend(bytes: 96 * entries.count)
            var result = Map()
            for entry in entries {
                let key = try evaluate(entry.key)
                var value = try evaluate(entry.value)
                if entry.isOptional {
                    guard case .optional(let optional) = value else { throw Self.noOverload("?") }
                    guard let inside = optional.value else { continue }
                    value = inside
                }
                try insert(key, value, into: &result)
            }
            return .map(result)
        }

        private func insert(_ key: Value, _ value: Value, into map: inout Map) throws(Failure) {
            switch key {
            case .bool, .int, .uint, .string: break
            default: throw Failure(.evaluation, "A key is a bool, int, uint or string: unsupported key type \(key.valueType.name).")
            }
            guard map.insert(key, value) else {
                throw Failure(.evaluation, "The key \(Self.shown(key)) is repeated: Failed with repeated key.")
            }
        }

        // MARK: Macros

        private enum Items {
            case list([Value])
            case array([JSONValue])
            case pairs([(Value, Value)])

            var count: Int {
                switch self {
                case .list(let list): list.count
                case .array(let array): array.count
                case .pairs(let pairs): pairs.count
                }
            }
        }

        private mutating func items(_ range: Value, _ macro: Macro) throws(Failure) -> Items {
            switch range {
            case .list(let list): return .list(list)
            case .array(let array): return .array(array)
            case .map(let map):
                try spend(bytes: 64 * map.count)
                return .pairs(map.map { ($0.value, $1) })
            case .object(let object):
                try spend(bytes: 64 * object.count)
                return .pairs(object.map { (.string($0.key), Value($0.value)) })
            default:
                throw Failure(
                    .evaluation, "\(macro.rawValue)() does not go over a value of type \(range.valueType.name): no such overload.")
            }
        }

        @inline(__always) private mutating func bind(_ items: Items, _ index: Int, _ local: Int, _ names: Int) {
            switch items {
            case .list(let list):
                locals[local + names - 1] = list[index]
                if names == 2 { locals[local] = .int(Int64(index)) }
            case .array(let array):
                locals[local + names - 1] = Value(array[index])
                if names == 2 { locals[local] = .int(Int64(index)) }
            case .pairs(let pairs):
                locals[local] = pairs[index].0
                if names == 2 { locals[local + 1] = pairs[index].1 }
            }
        }

        private mutating func condition(_ place: Int, _ macro: Macro) throws(Failure) -> Bool {
            guard case .bool(let value) = try evaluate(place) else {
                throw Failure(.evaluation, "\(macro.rawValue)() takes a condition: no such overload.", offset: program.offsets[place])
            }
            return value
        }

        private mutating func loop(
            _ macro: Macro, _ local: Int, _ names: Int, _ range: Value, _ first: Int, _ second: Int
        ) throws(Failure) -> Value {
            switch macro {
            case .bind:
                locals[local] = range
                return try evaluate(first)
            case .optMap, .optFlatMap:
                guard case .optional(let optional) = range else { throw Self.noOverload(macro.rawValue) }
                guard let value = optional.value else { return range }
                locals[local] = value
                let result = try evaluate(first)
                if macro == .optMap { return .optional(Value.Optional(result)) }
                guard case .optional = result else { throw Self.noOverload(macro.rawValue) }
                return result
            default: break
            }
            let items = try items(range, macro)
            switch macro {
            case .all, .exists: return .bool(try quantified(macro, items, local, names, first))
            case .existsOne, .existsOneClassic:
                var count = 0
                for index in 0..<items.count {
                    bind(items, index, local, names)
                    if try condition(first, macro) { count += 1 }
                }
                return .bool(count == 1)
            case .transformMap, .transformMapEntry: return try transformedMap(macro, items, local, names, first, second)
            default: break
            }
            var result: [Value] = []
            for index in 0..<items.count {
                bind(items, index, local, names)
                if macro == .filter {
                    guard try condition(first, macro) else { continue }
                    result.append(locals[local])
                } else {
                    if second >= 0, try !condition(first, macro) { continue }
                    result.append(try evaluate(second >= 0 ? second : first))
                }
                try spend(bytes: 32)
            }
            return .list(result)
        }

        private mutating func quantified(_ macro: Macro, _ items: Items, _ local: Int, _ names: Int, _ step: Int) throws(Failure) -> Bool {
            let decisive = macro == .exists
            var failure: Failure?
            for index in 0..<items.count {
                bind(items, index, local, names)
                do throws(Failure) {
                    if try condition(step, macro) == decisive { return decisive }
                } catch {
                    guard error.kind != .limit else { throw error }
                    failure = error
                }
            }
            if let failure { throw failure }
            return !decisive
        }

        private mutating func transformedMap(
            _ macro: Macro, _ items: Items, _ local: Int, _ names: Int, _ first: Int, _ second: Int
        ) throws(Failure) -> Value {
            var result = Map()
            for index in 0..<items.count {
                bind(items, index, local, names)
                let key = locals[local]
                if second >= 0, try !condition(first, macro) { continue }
                let value = try evaluate(second >= 0 ? second : first)
                try spend(bytes: 96)
                if macro == .transformMap {
                    try insert(key, value, into: &result)
                } else {
                    guard case .map(let entries) = value else { throw Self.noOverload(macro.rawValue) }
                    for (key, value) in entries { try insert(key.value, value, into: &result) }
                }
            }
            return .map(result)
        }
    }
}
