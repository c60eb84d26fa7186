extension CEL {
    struct Parser {
        private static let reserved: Set<String> = [
            "as", "break", "const", "continue", "else", "for", "function", "if", "import", "let", "loop", "package", "namespace", "return",
            "var", "void", "while",
        ]
        private static let precedence: [String: Int] = [
            "||": 1, "&&": 2, "<": 3, "<=": 3, ">": 3, ">=": 3, "==": 3, "!=": 3, "in": 3, "+": 4, "-": 4, "*": 5, "/": 5, "%": 5,
        ]

        private let source: String
        private let limits: Limits
        private var lexer: Lexer
        private var token = Token.end
        private var offset = 0
        private var nodes: [Node] = []
        private var depth = 0

        init(_ source: String, limits: Limits) throws(Failure) {
            guard source.utf8.count <= limits.sourceBytes else {
                throw Failure(.syntax, "The expression has more than \(limits.sourceBytes) bytes.", offset: 0)
            }
            self.source = source
            self.limits = limits
            lexer = Lexer(source)
        }

        mutating func parse() throws(Failure) -> Tree {
            do throws(Failure) {
                try advance()
                let root = try expression()
                guard token == .end else { throw unexpected() }
                return Tree(source: source, nodes: nodes, root: root)
            } catch {
                throw error.located(in: source)
            }
        }

        private mutating func advance() throws(Failure) { (token, offset) = try lexer.next() }

        private mutating func take(_ symbol: String) throws(Failure) -> Bool {
            guard token == .symbol(symbol) else { return false }
            try advance()
            return true
        }

        private mutating func expect(_ symbol: String) throws(Failure) {
            guard try take(symbol) else { throw unexpected(wanted: "'\(symbol)'") }
        }

        private func unexpected(wanted: String? = nil) -> Failure {
            let what =
                switch token {
                case .identifier(let name), .quoted(let name): "'\(name)'"
                case .symbol(let symbol): "'\(symbol)'"
                case .end: "the end"
                case .int, .uint, .double: "a number"
                case .string, .bytes: "a string"
                }
            return Failure(.syntax, "Expected \(wanted ?? "an operator or the end") instead of \(what).", offset: offset)
        }

        private mutating func add(_ syntax: Syntax, at offset: Int, _ parts: [Int]) throws(Failure) -> Int {
            var height = 0
            for part in parts { height = max(height, nodes[part].height) }
            guard height < limits.depth else { throw tooDeep(offset) }
            nodes.append(Node(syntax: syntax, offset: offset, height: height + 1))
            return nodes.count - 1
        }

        private func tooDeep(_ offset: Int) -> Failure {
            Failure(.syntax, "The expression nests more than \(limits.depth) levels deep.", offset: offset)
        }

        private mutating func expression() throws(Failure) -> Int {
            depth += 1
            defer { depth -= 1 }
            guard depth <= limits.depth else { throw tooDeep(offset) }
            let condition = try binary(1)
            let place = offset
            guard try take("?") else { return condition }
            let yes = try binary(1)
            try expect(":")
            let no = try expression()
            return try add(.call("_?_", target: nil, [condition, yes, no]), at: place, [condition, yes, no])
        }

        private var binaryOperator: String? {
            switch token {
            case .symbol(let symbol): symbol
            case .identifier("in"): "in"
            default: nil
            }
        }

        private mutating func binary(_ minimum: Int) throws(Failure) -> Int {
            var left = try unary()
            while let name = binaryOperator, let level = Self.precedence[name], level >= minimum {
                let place = offset
                try advance()
                let right = try binary(level + 1)
                left = try add(.call(name == "in" ? "@in" : "_\(name)_", target: nil, [left, right]), at: place, [left, right])
            }
            return left
        }

        private mutating func unary() throws(Failure) -> Int {
            let place = offset
            guard token == .symbol("!") || token == .symbol("-") else { return try member() }
            let symbol = token
            var count = 0
            while token == symbol {
                count += 1
                try advance()
            }
            var result: Int
            if symbol == .symbol("-"), count % 2 == 1 || count == 1, let literal = try negativeLiteral(place) {
                result = try suffixes(literal)
                count -= 1
            } else {
                result = try member()
            }
            // Pairs cancel out in value and in error.
            guard count <= limits.depth else { throw tooDeep(place) }
            for _ in 0..<count {
                result = try add(.call(symbol == .symbol("-") ? "-_" : "!_", target: nil, [result]), at: place, [result])
            }
            return result
        }

        private mutating func negativeLiteral(_ place: Int) throws(Failure) -> Int? {
            switch token {
            case .int(let digits):
                let value = try Self.int("-", digits, place)
                try advance()
                return try add(.literal(.int(value)), at: place, [])
            case .double(let digits):
                try advance()
                return try add(.literal(.double(-(Double(digits) ?? .nan))), at: place, [])
            default: return nil
            }
        }

        private static func int(_ sign: String, _ digits: String, _ place: Int) throws(Failure) -> Int64 {
            let value = digits.hasPrefix("0x") ? Int64(sign + digits.dropFirst(2), radix: 16) : Int64(sign + digits)
            guard let value else { throw Failure(.syntax, "This number does not fit 64 bits.", offset: place) }
            return value
        }

        private mutating func member() throws(Failure) -> Int { try suffixes(try primary()) }

        private mutating func suffixes(_ first: Int) throws(Failure) -> Int {
            var result = first
            while true {
                let place = offset
                if try take(".") {
                    let isOptional = try take("?")
                    let nameOffset = offset
                    switch token {
                    case .identifier(let name):
                        guard name != "in", name != "true", name != "false", name != "null" else { throw unexpected(wanted: "a name") }
                        try advance()
                        if !isOptional, try take("(") {
                            result = try call(name, target: result, at: nameOffset)
                        } else {
                            result = try add(.select(result, name, isOptional: isOptional), at: nameOffset, [result])
                        }
                    case .quoted(let name):
                        try advance()
                        result = try add(.select(result, name, isOptional: isOptional), at: nameOffset, [result])
                    default: throw unexpected(wanted: "a name")
                    }
                } else if try take("[") {
                    let isOptional = try take("?")
                    let index = try expression()
                    try expect("]")
                    result = try add(.index(result, index, isOptional: isOptional), at: place, [result, index])
                } else if token == .symbol("{"), qualifiedName(of: result) != nil {
                    throw Failure(.check, "Messages are not supported: write a map, {'name': value}.", offset: place)
                } else {
                    return result
                }
            }
        }

        private func qualifiedName(of node: Int) -> String? {
            switch nodes[node].syntax {
            case .identifier(let name): name
            case .select(let operand, let name, false): qualifiedName(of: operand).map { "\($0).\(name)" }
            default: nil
            }
        }

        private mutating func primary() throws(Failure) -> Int {
            let place = offset
            switch token {
            case .int(let digits):
                let value = try Self.int("", digits, place)
                try advance()
                return try add(.literal(.int(value)), at: place, [])
            case .uint(let digits):
                guard let value = digits.hasPrefix("0x") ? UInt64(digits.dropFirst(2), radix: 16) : UInt64(digits) else {
                    throw Failure(.syntax, "This number does not fit 64 bits.", offset: place)
                }
                try advance()
                return try add(.literal(.uint(value)), at: place, [])
            case .double(let digits):
                try advance()
                return try add(.literal(.double(Double(digits) ?? .nan)), at: place, [])
            case .string(let value):
                try advance()
                return try add(.literal(.string(value)), at: place, [])
            case .bytes(let value):
                try advance()
                return try add(.literal(.bytes(value)), at: place, [])
            case .identifier("true"), .identifier("false"):
                let value = token == .identifier("true")
                try advance()
                return try add(.literal(.bool(value)), at: place, [])
            case .identifier("null"):
                try advance()
                return try add(.literal(.null), at: place, [])
            case .identifier(let name): return try identifier(name, place, prefix: "")
            case .symbol("."):
                try advance()
                guard case .identifier(let name) = token else { throw unexpected(wanted: "a name") }
                return try identifier(name, place, prefix: ".")
            case .symbol("("):
                try advance()
                let inside = try expression()
                try expect(")")
                return inside
            case .symbol("["): return try list(place)
            case .symbol("{"): return try map(place)
            default: throw unexpected(wanted: "a value")
            }
        }

        private mutating func identifier(_ name: String, _ place: Int, prefix: String) throws(Failure) -> Int {
            guard !Self.reserved.contains(name), name != "in" else {
                throw Failure(.syntax, "'\(name)' is a reserved word.", offset: offset)
            }
            try advance()
            if try take("(") { return try call(prefix + name, target: nil, at: place) }
            return try add(.identifier(prefix + name), at: place, [])
        }

        private mutating func list(_ place: Int) throws(Failure) -> Int {
            try advance()
            var elements: [(Int, isOptional: Bool)] = []
            while token != .symbol("]") {
                let isOptional = try take("?")
                elements.append((try expression(), isOptional))
                guard try take(",") else { break }
            }
            try expect("]")
            return try add(.list(elements), at: place, elements.map(\.0))
        }

        private mutating func map(_ place: Int) throws(Failure) -> Int {
            try advance()
            var entries: [MapEntry] = []
            while token != .symbol("}") {
                let isOptional = try take("?")
                let key = try expression()
                try expect(":")
                entries.append(MapEntry(key: key, value: try expression(), isOptional: isOptional))
                guard try take(",") else { break }
            }
            try expect("}")
            return try add(.map(entries), at: place, entries.flatMap { [$0.key, $0.value] })
        }

        private mutating func call(_ name: String, target: Int?, at place: Int) throws(Failure) -> Int {
            var arguments: [Int] = []
            while token != .symbol(")") {
                arguments.append(try expression())
                guard try take(",") else { break }
            }
            try expect(")")
            if let macro = try expand(name, target, arguments, place) { return macro }
            return try add(.call(name, target: target, arguments), at: place, arguments + (target.map { [$0] } ?? []))
        }

        /// The node of a macro; nil when the call is none.
        private mutating func expand(_ name: String, _ target: Int?, _ arguments: [Int], _ place: Int) throws(Failure) -> Int? {
            guard let target else {
                guard name == "has", arguments.count == 1 else { return nil }
                guard case .select = nodes[arguments[0]].syntax else {
                    throw Failure(.syntax, "has() takes the selection of a member, as in has(a.b).", offset: place)
                }
                return try add(.has(arguments[0]), at: place, arguments)
            }
            if case .identifier("cel") = nodes[target].syntax {
                switch (name, arguments.count) {
                case ("bind", 3):
                    let names = try names(arguments.prefix(1))
                    return try add(
                        .loop(.bind, names: names, range: arguments[1], steps: [arguments[2]]), at: place, Array(arguments.dropFirst()))
                case ("block", 2):
                    guard case .list(let slots) = nodes[arguments[0]].syntax else {
                        throw Failure(.syntax, "cel.block() takes a list first.", offset: place)
                    }
                    return try add(.block(slots.map(\.0), body: arguments[1]), at: place, arguments)
                case ("index", 1):
                    guard case .literal(.int(let value)) = nodes[arguments[0]].syntax, value >= 0, value < 10_000 else {
                        throw Failure(.syntax, "cel.index() takes a whole number.", offset: place)
                    }
                    return try add(.blockIndex(Int(value)), at: place, [])
                case ("iterVar", 2), ("accuVar", 2):
                    guard case .literal(.int(let n)) = nodes[arguments[0]].syntax, case .literal(.int(let m)) = nodes[arguments[1]].syntax
                    else {
                        return nil
                    }
                    return try add(.identifier("@\(name == "iterVar" ? "it" : "ac"):\(n):\(m)"), at: place, [])
                default: break
                }
            }
            guard let macro = Macro(rawValue: name), let shape = macro.accepts(arguments.count) else { return nil }
            let names = try names(arguments.prefix(shape.names))
            let steps = Array(arguments.dropFirst(shape.names))
            return try add(.loop(macro, names: names, range: target, steps: steps), at: place, steps + [target])
        }

        private func names(_ arguments: ArraySlice<Int>) throws(Failure) -> [String] {
            var names: [String] = []
            for argument in arguments {
                guard case .identifier(let name) = nodes[argument].syntax, !name.hasPrefix(".") else {
                    throw Failure(.syntax, "A macro takes a simple name here.", offset: nodes[argument].offset)
                }
                guard !names.contains(name) else {
                    throw Failure(.syntax, "The two names of a macro must differ.", offset: nodes[argument].offset)
                }
                names.append(name)
            }
            return names
        }
    }
}
