internal import LinearRegex

extension CEL {
    /// Finds out what names mean and whether types fit, and writes the code.
    struct Resolver {
        private struct Local {
            let name: String
            let place: Int
            let type: ValueType
        }

        typealias Result = (code: Int, type: ValueType)

        private let tree: Tree
        private let environment: Environment
        private var code: [Code] = []
        private var offsets: [Int] = []
        private var variables: [String] = []
        private var locals: [Local] = []
        private var localCount = 0
        private var blocks: [[Local]] = []
        private var inference = Inference()

        init(tree: Tree, environment: Environment) {
            self.tree = tree
            self.environment = environment
        }

        mutating func program() throws(Failure) -> Program {
            do throws(Failure) {
                let (root, type) = try resolve(tree.root)
                return Program(
                    tree: tree, code: code, offsets: offsets, root: root, variables: variables, localCount: localCount,
                    resultType: environment.checksTypes ? inference.final(type) : .dyn, functions: environment.functions,
                    limits: environment.limits)
            } catch {
                throw error.located(in: tree.source)
            }
        }

        private mutating func add(_ item: Code, _ node: Int) -> Int {
            code.append(item)
            offsets.append(tree.nodes[node].offset)
            return code.count - 1
        }

        private mutating func problem(_ message: String, _ node: Int) throws(Failure) -> Result {
            guard !environment.checksTypes else { throw Failure(.check, message, offset: tree.nodes[node].offset) }
            return (add(.fail(message), node), .dyn)
        }

        private func shown(_ type: ValueType) -> String { inference.final(type).description }

        private mutating func resolve(_ node: Int) throws(Failure) -> Result {
            switch tree.nodes[node].syntax {
            case .literal(let value): return (add(.constant(value), node), value.valueType)
            case .identifier, .select: return try resolveName(node)
            case .has(let selection):
                guard case .select(let operand, let name, let isOptional) = tree.nodes[selection].syntax else {
                    return try problem("has() takes the selection of a member.", node)
                }
                let (part, type) = try resolve(operand)
                _ = try memberType(type, name, node, isTest: true)
                _ = isOptional
                return (add(.has(part, name), node), .bool)
            case .index(let operand, let index, let isOptional): return try resolveIndex(operand, index, isOptional, node)
            case .call(let name, let target, let arguments): return try resolveCall(name, target, arguments, node)
            case .list(let elements): return try resolveList(elements, node)
            case .map(let entries): return try resolveMap(entries, node)
            case .message: return try problem("Messages are not supported.", node)
            case .loop(let macro, let names, let range, let steps): return try resolveLoop(macro, names, range, steps, node)
            case .block(let slots, let body):
                let base = localCount
                localCount += slots.count
                blocks.append([])
                var parts: [Int] = []
                for (place, slot) in slots.enumerated() {
                    let (part, type) = try resolve(slot)
                    parts.append(part)
                    blocks[blocks.count - 1].append(Local(name: "", place: base + place, type: type))
                }
                let (inside, type) = try resolve(body)
                blocks.removeLast()
                return (add(.block(parts, local: base, body: inside), node), type)
            case .blockIndex(let index):
                guard let slots = blocks.last, index < slots.count else {
                    return try problem("There is no cel.index(\(index)) here.", node)
                }
                return (add(.local(slots[index].place), node), slots[index].type)
            }
        }

        // MARK: Names

        private func chain(_ node: Int) -> [(name: String, node: Int)]? {
            switch tree.nodes[node].syntax {
            case .identifier(let name): return [(name, node)]
            case .select(let operand, let name, false): return chain(operand).map { $0 + [(name, node)] }
            default: return nil
            }
        }

        /// A qualified name in the containers, the innermost first.
        private func candidates(_ name: String) -> [String] {
            if name.hasPrefix(".") { return [String(name.dropFirst())] }
            var result: [String] = []
            var container = environment.container[...]
            while !container.isEmpty {
                result.append("\(container).\(name)")
                container = container.lastIndex(of: ".").map { container[..<$0] } ?? ""
            }
            return result + [name]
        }

        private mutating func resolveName(_ node: Int) throws(Failure) -> Result {
            guard let parts = chain(node) else {
                guard case .select(let operand, let name, let isOptional) = tree.nodes[node].syntax else {
                    return try problem("No name.", node)
                }
                let (part, type) = try resolve(operand)
                return try select(part, type, name, isOptional, node)
            }
            var result: Result?
            var used = 0
            if let local = locals.last(where: { $0.name == parts[0].name }) {
                result = (add(.local(local.place), parts[0].node), local.type)
                used = 1
            }
            search: for count in stride(from: parts.count, to: 0, by: -1) where result == nil {
                for name in candidates(parts[..<count].map(\.name).joined(separator: ".")) {
                    if let type = environment.variables[name] {
                        result = (add(.variable(place(of: name)), parts[count - 1].node), type)
                    } else if let type = CEL.typeNames[name] {
                        result = (add(.constant(.type(type)), parts[count - 1].node), .type(type))
                    } else {
                        continue
                    }
                    used = count
                    break search
                }
            }
            if result == nil, environment.allowsUndeclared, let name = candidates(parts[0].name).last {
                result = (add(.variable(place(of: name)), parts[0].node), .dyn)
                used = 1
            }
            guard var found = result else { return try problem("'\(parts[0].name)' is not declared.", parts[0].node) }
            for part in parts[used...] { found = try select(found.code, found.type, part.name, false, part.node) }
            return found
        }

        private mutating func place(of variable: String) -> Int {
            if let place = variables.firstIndex(of: variable) { return place }
            variables.append(variable)
            return variables.count - 1
        }

        private mutating func select(_ part: Int, _ type: ValueType, _ name: String, _ isOptional: Bool, _ node: Int) throws(Failure)
            -> Result
        {
            let member = try memberType(type, name, node, isTest: isOptional)
            let item = add(.select(part, name, isOptional: isOptional), node)
            guard isOptional else { return (item, member) }
            if case .optional = member { return (item, member) }
            return (item, .optional(member))
        }

        private mutating func memberType(_ type: ValueType, _ name: String, _ node: Int, isTest: Bool) throws(Failure) -> ValueType {
            switch inference.known(type) {
            case .dyn, .variable: return .dyn
            case .map(_, let value): return value
            case .record(let members, let isOpen):
                if let type = members[name] { return type }
                guard isOpen || !environment.checksTypes else {
                    throw Failure(.check, "There is no member '\(name)' here.", offset: tree.nodes[node].offset)
                }
                return .dyn
            case .optional(let inner): return .optional(try memberType(inner, name, node, isTest: isTest))
            default:
                guard !environment.checksTypes else {
                    throw Failure(.check, "A value of type \(shown(type)) has no members.", offset: tree.nodes[node].offset)
                }
                return .dyn
            }
        }

        private mutating func resolveIndex(_ operand: Int, _ index: Int, _ isOptional: Bool, _ node: Int) throws(Failure) -> Result {
            let (part, type) = try resolve(operand)
            let (key, keyType) = try resolve(index)
            var container = inference.known(type)
            var isInside = isOptional
            if case .optional(let inner) = container {
                container = inference.known(inner)
                isInside = true
            }
            var element = ValueType.dyn
            var fits = true
            switch container {
            case .dyn, .variable: break
            case .list(let type):
                element = type
                fits = inference.unify(keyType, .int)
            case .map(let wanted, let type):
                element = type
                fits = inference.unify(keyType, wanted)
            case .record(let members, let isOpen):
                fits = inference.unify(keyType, .string)
                if case .constant(.string(let name)) = code[key] {
                    element = members[name] ?? .dyn
                    fits = fits && (members[name] != nil || isOpen)
                }
            default: fits = false
            }
            guard fits || !environment.checksTypes else {
                return try problem("A value of type \(shown(type)) has no element at this \(shown(keyType)).", node)
            }
            return (add(.index(part, key, isOptional: isOptional), node), isInside ? .optional(element) : element)
        }

        // MARK: Lists and maps

        private mutating func resolveList(_ elements: [(Int, isOptional: Bool)], _ node: Int) throws(Failure) -> Result {
            var parts: [(Int, isOptional: Bool)] = []
            var joined: ValueType?
            var constants: [Value] = []
            let start = code.count
            for (element, isOptional) in elements {
                var (part, type) = try resolve(element)
                if isOptional {
                    switch inference.known(type) {
                    case .optional(let inner): type = inner
                    case .dyn, .variable: type = .dyn
                    default: return try problem("'?' takes an optional here, not \(shown(type)).", element)
                    }
                }
                parts.append((part, isOptional))
                joined = joined.map { inference.join($0, type) } ?? type
                if !isOptional, case .constant(let value) = code[part] { constants.append(value) }
            }
            let type = ValueType.list(joined ?? inference.fresh())
            if constants.count == elements.count {
                code.removeSubrange(start...)
                offsets.removeSubrange(start...)
                return (add(.constant(.list(constants)), node), type)
            }
            return (add(.list(parts), node), type)
        }

        private mutating func resolveMap(_ entries: [MapEntry], _ node: Int) throws(Failure) -> Result {
            var parts: [MapEntry] = []
            var keys: ValueType?
            var values: ValueType?
            for entry in entries {
                let (key, keyType) = try resolve(entry.key)
                var (value, type) = try resolve(entry.value)
                if entry.isOptional {
                    switch inference.known(type) {
                    case .optional(let inner): type = inner
                    case .dyn, .variable: type = .dyn
                    default: return try problem("'?' takes an optional here, not \(shown(type)).", entry.value)
                    }
                }
                parts.append(MapEntry(key: key, value: value, isOptional: entry.isOptional))
                keys = keys.map { inference.join($0, keyType) } ?? keyType
                values = values.map { inference.join($0, type) } ?? type
            }
            return (add(.map(parts), node), .map(keys ?? inference.fresh(), values ?? inference.fresh()))
        }

        // MARK: Macros

        private mutating func resolveLoop(_ macro: Macro, _ names: [String], _ range: Int, _ steps: [Int], _ node: Int) throws(Failure)
            -> Result
        {
            let (over, rangeType) = try resolve(range)
            var first = ValueType.dyn
            var second = ValueType.dyn
            var isMap = false
            switch inference.known(rangeType) {
            case let type where macro == .bind: first = type
            case .optional(let type) where macro == .optMap || macro == .optFlatMap: first = type
            case .dyn, .variable: break
            case .list(let element) where macro != .optMap && macro != .optFlatMap:
                (first, second) = names.count == 2 ? (.int, element) : (element, .dyn)
            case .map(let key, let value) where macro != .optMap && macro != .optFlatMap:
                (first, second) = (key, value)
                isMap = true
            case .record where macro != .optMap && macro != .optFlatMap:
                first = .string
                isMap = true
            default: return try problem("\(macro.rawValue)() does not go over a value of type \(shown(rangeType)).", node)
            }
            _ = isMap
            let base = localCount
            localCount += names.count
            for (place, name) in names.enumerated() {
                locals.append(Local(name: name, place: base + place, type: place == 0 ? first : second))
            }
            defer { locals.removeLast(names.count) }
            var parts: [Result] = []
            for step in steps { parts.append(try resolve(step)) }
            func item(_ parts: [Result]) -> Code {
                .loop(
                    macro, local: base, names: names.count, range: over, first: parts[0].code, second: parts.count > 1 ? parts[1].code : -1)
            }
            var result: ValueType
            let last = parts[parts.count - 1].type
            switch macro {
            case .all, .exists, .existsOne, .existsOneClassic, .filter:
                guard inference.unify(last, .bool) || !environment.checksTypes else {
                    return try problem("\(macro.rawValue)() takes a condition, not \(shown(last)).", steps[0])
                }
                result = macro == .filter ? .list(first) : .bool
            case .map, .transformList: result = .list(last)
            case .transformMap: result = .map(inference.known(rangeType).isList ? .int : first, last)
            case .transformMapEntry:
                let (key, value) = (inference.fresh(), inference.fresh())
                guard inference.unify(last, .map(key, value)) || !environment.checksTypes else {
                    return try problem("transformMapEntry() takes a map of one entry, not \(shown(last)).", steps[0])
                }
                result = .map(key, value)
            case .optMap: result = .optional(last)
            case .optFlatMap, .bind: result = last
            }
            if parts.count == 2, !inference.unify(parts[0].type, .bool), environment.checksTypes {
                return try problem("\(macro.rawValue)() takes a condition, not \(shown(parts[0].type)).", steps[0])
            }
            result = inference.known(result)
            return (add(item(parts), node), result)
        }

        // MARK: Calls

        private mutating func resolveCall(_ name: String, _ target: Int?, _ arguments: [Int], _ node: Int) throws(Failure) -> Result {
            var nodes = arguments
            var function = name
            if let target {
                if let qualified = qualifiedFunction(target, name) {
                    function = qualified
                } else {
                    nodes.insert(target, at: 0)
                    function = "." + name
                }
            } else if name.hasPrefix(".") || !environment.container.isEmpty {
                function = candidates(name).first { isFunction($0) } ?? name
            }
            var parts: [Int] = []
            var types: [ValueType] = []
            for argument in nodes {
                let (part, type) = try resolve(argument)
                parts.append(part)
                types.append(inference.known(type))
            }
            let custom = environment.functions.indices.filter {
                let overload = environment.functions[$0].overload
                return (overload.isMethod ? "." + overload.name : overload.name) == function && overload.parameters.count == parts.count
            }
            let type: ValueType
            if let builtin = Builtin(rawValue: function), builtin == .greatest || builtin == .least {
                guard let result = extremeType(types) else {
                    return try problem("\(function)() takes numbers, or one list of numbers.", node)
                }
                return (add(.variadic(builtin, parts), node), result)
            }
            let overloads = (CEL.signatures[function] ?? []) + custom.map { environment.functions[$0].overload }
            guard !overloads.isEmpty else {
                let shown = function.hasPrefix(".") ? String(function.dropFirst()) : function
                return try problem("There is no function '\(shown)' like this.", node)
            }
            if environment.checksTypes {
                guard let result = inference.result(of: overloads, types) else {
                    let list = types.map { shown($0) }.joined(separator: ", ")
                    return try problem("No overload of '\(Self.readable(function))' takes (\(list)).", node)
                }
                type = result
            } else {
                type = .dyn
            }
            return (emit(function, parts, custom, node), type)
        }

        private static func readable(_ function: String) -> String {
            if function == "@in" { return "in" }
            return function.hasPrefix(".") ? String(function.dropFirst()) : function.filter { $0 != "_" || function.count > 5 }
        }

        private func isFunction(_ name: String) -> Bool {
            CEL.signatures[name] != nil || Builtin(rawValue: name) != nil
                || environment.functions.contains { !$0.overload.isMethod && $0.overload.name == name }
        }

        private func qualifiedFunction(_ target: Int, _ name: String) -> String? {
            guard let parts = chain(target), !locals.contains(where: { $0.name == parts[0].name }) else { return nil }
            return candidates((parts.map(\.name) + [name]).joined(separator: ".")).first { isFunction($0) }
        }

        private func extremeType(_ types: [ValueType]) -> ValueType? {
            guard environment.checksTypes else { return types.isEmpty ? nil : .dyn }
            var types = types
            if types.count == 1, case .list(let element) = types[0] { types = [inference.known(element)] }
            let isNumeric = types.allSatisfy { [.int, .uint, .double, .dyn].contains($0) || $0.isVariable }
            guard let first = types.first, isNumeric else { return nil }
            return types.allSatisfy { $0 == first } ? first : .dyn
        }

        private mutating func emit(_ function: String, _ parts: [Int], _ custom: [Int], _ node: Int) -> Int {
            if let operation = Operator(rawValue: function) { return add(.binary(operation, parts[0], parts[1]), node) }
            switch function {
            case "_&&_": return add(.and(parts[0], parts[1]), node)
            case "_||_": return add(.or(parts[0], parts[1]), node)
            case "_?_": return add(.conditional(parts[0], parts[1], parts[2]), node)
            case "!_": return add(.not(parts[0]), node)
            case "-_": return add(.negate(parts[0]), node)
            default: break
            }
            var fallback = -1
            if let builtin = Builtin(rawValue: function),
                (CEL.signatures[function] ?? []).contains(where: { $0.parameters.count == parts.count })
            {
                if builtin == .matches || builtin == .matchesMethod, case .constant(.string(let text)) = code[parts[1]] {
                    if let pattern = try? Pattern(text, syntax: .re2) { return add(.matches(parts[0], pattern), node) }
                }
                let padded = parts + Array(repeating: -1, count: 4 - parts.count)
                fallback = add(.call(builtin, padded[0], padded[1], padded[2], padded[3], count: parts.count), node)
            }
            if custom.isEmpty {
                return fallback >= 0
                    ? fallback : add(.fail("No overload of '\(Self.readable(function))' takes \(parts.count) arguments."), node)
            }
            return add(.custom(custom, parts, fallback: fallback), node)
        }
    }
}

extension CEL.ValueType {
    var isList: Bool { if case .list = self { true } else { false } }
    var isVariable: Bool { if case .variable = self { true } else { false } }
}
