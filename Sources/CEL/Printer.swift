extension CEL.Program: CustomStringConvertible {
    /// The expression as text, with the parentheses it needs and no others; compiling it gives the same program.
    public var description: String { CEL.Printer(tree: tree).text(tree.root, 0) }
}

extension CEL {
    struct Printer {
        let tree: Tree

        private static let binary: [String: Int] = [
            "_||_": 1, "_&&_": 2, "_<_": 3, "_<=_": 3, "_>_": 3, "_>=_": 3, "_==_": 3, "_!=_": 3, "@in": 3, "_+_": 4, "_-_": 4, "_*_": 5,
            "_/_": 5, "_%_": 5,
        ]

        /// The node's text, in parentheses when it binds less than `level`: 0 a condition, 1 to 5 the operators, 6 a sign, 7 a member.
        func text(_ node: Int, _ level: Int) -> String {
            let (text, own) = text(node)
            return own < level ? "(\(text))" : text
        }

        private func list(_ nodes: [Int]) -> String { nodes.map { text($0, 0) }.joined(separator: ", ") }

        private func text(_ node: Int) -> (String, Int) {
            switch tree.nodes[node].syntax {
            case .literal(let value): return literal(value)
            case .identifier(let name):
                guard name.hasPrefix("@") else { return (name, 8) }
                let numbers = name.split(separator: ":")
                return ("cel.\(name.hasPrefix("@it") ? "iterVar" : "accuVar")(\(numbers[1]), \(numbers[2]))", 8)
            case .select(let operand, let name, let isOptional):
                return (text(operand, 7) + (isOptional ? ".?" : ".") + Self.name(name), 8)
            case .has(let selection): return ("has(\(text(selection, 0)))", 8)
            case .index(let operand, let index, let isOptional):
                return ("\(text(operand, 7))[\(isOptional ? "?" : "")\(text(index, 0))]", 8)
            case .call(let name, let target, let arguments): return call(name, target, arguments)
            case .list(let elements):
                return ("[" + elements.map { ($0.isOptional ? "?" : "") + text($0.0, 0) }.joined(separator: ", ") + "]", 8)
            case .map(let entries):
                return (
                    "{" + entries.map { ($0.isOptional ? "?" : "") + text($0.key, 0) + ": " + text($0.value, 0) }.joined(separator: ", ")
                        + "}", 8
                )
            case .message(let name): return (name + "{}", 8)
            case .loop(let macro, let names, let range, let steps):
                let steps = list(steps)
                if macro == .bind { return ("cel.bind(\(shown(names[0])), \(text(range, 0)), \(steps))", 8) }
                return ("\(text(range, 7)).\(macro.rawValue)(\(names.map { shown($0) }.joined(separator: ", ")), \(steps))", 8)
            case .block(let slots, let body): return ("cel.block([\(list(slots))], \(text(body, 0)))", 8)
            case .blockIndex(let index): return ("cel.index(\(index))", 8)
            }
        }

        private func shown(_ name: String) -> String {
            guard name.hasPrefix("@") else { return name }
            let numbers = name.split(separator: ":")
            return "cel.\(name.hasPrefix("@it") ? "iterVar" : "accuVar")(\(numbers[1]), \(numbers[2]))"
        }

        private static func name(_ name: String) -> String {
            let isPlain = name.utf8.allSatisfy { (48...57).contains($0) || $0 == 95 || (65...90).contains($0) || (97...122).contains($0) }
            let starts = name.utf8.first.map { !(48...57).contains($0) } ?? false
            return isPlain && starts && !["in", "true", "false", "null"].contains(name) ? name : "`\(name)`"
        }

        private func call(_ name: String, _ target: Int?, _ arguments: [Int]) -> (String, Int) {
            if let target { return ("\(text(target, 7)).\(name)(\(list(arguments)))", 8) }
            if let level = Self.binary[name] {
                let symbol = name == "@in" ? "in" : String(name.dropFirst().dropLast())
                return ("\(text(arguments[0], level)) \(symbol) \(text(arguments[1], level + 1))", level)
            }
            switch name {
            case "_?_": return ("\(text(arguments[0], 1)) ? \(text(arguments[1], 1)) : \(text(arguments[2], 0))", 0)
            case "!_": return ("!" + text(arguments[0], 7), 6)
            case "-_":
                // A sign before a number that is not negative would become part of it.
                var inside = text(arguments[0], 7)
                if let first = inside.utf8.first, first == 45 || (48...57).contains(first) { inside = "(\(inside))" }
                return ("-" + inside, 6)
            default: return ("\(name)(\(list(arguments)))", 8)
            }
        }

        private func literal(_ value: Value) -> (String, Int) {
            switch value {
            case .null: return ("null", 8)
            case .bool(let value): return (String(value), 8)
            case .int(let value): return (String(value), value < 0 ? 6 : 8)
            case .uint(let value): return ("\(value)u", 8)
            case .double(let value): return (value.isInfinite ? (value < 0 ? "-1e999" : "1e999") : "\(value)", value.sign == .minus ? 6 : 8)
            case .string(let value): return (Evaluator.quoted(value), 8)
            case .bytes(let bytes):
                let digits = Array("0123456789abcdef")
                return (
                    "b\""
                        + bytes.map {
                            (32...126).contains($0) && $0 != 34 && $0 != 92
                                ? String(UnicodeScalar($0)) : "\\x\(digits[Int($0 >> 4)])\(digits[Int($0 & 15)])"
                        }.joined() + "\"", 8
                )
            default: return ("null", 8)
            }
        }
    }
}
