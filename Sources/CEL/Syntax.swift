extension CEL {
    /// A parsed expression: nodes that refer to each other by place, a parent after its parts.
    struct Tree: Sendable {
        var source: String
        var nodes: [Node] = []
        var root = 0
    }

    struct Node: Sendable {
        let syntax: Syntax
        /// Scalars before it in the source.
        let offset: Int
        let height: Int
    }

    struct MapEntry: Sendable {
        let key: Int
        let value: Int
        let isOptional: Bool
    }

    enum Syntax: Sendable {
        case literal(Value)
        /// The name may begin with a dot.
        case identifier(String)
        case select(Int, String, isOptional: Bool)
        case has(Int)
        case index(Int, Int, isOptional: Bool)
        /// Operators are functions with names like `_+_`.
        case call(String, target: Int?, [Int])
        case list([(Int, isOptional: Bool)])
        case map([MapEntry])
        case message(String)
        case loop(Macro, names: [String], range: Int, steps: [Int])
        case block([Int], body: Int)
        case blockIndex(Int)
    }

    /// What goes over a list or map, or names a value.
    enum Macro: String, Sendable {
        /// The name that the macro had first.
        case existsOneClassic = "exists_one"
        case all, exists, existsOne, map, filter, transformList, transformMap, transformMapEntry, optMap, optFlatMap, bind

        /// How many names and how many expressions after them the call `range.macro(…)` has.
        func accepts(_ count: Int) -> (names: Int, steps: Int)? {
            switch (self, count) {
            case (.all, 2), (.exists, 2), (.existsOne, 2), (.existsOneClassic, 2), (.map, 2), (.filter, 2), (.optMap, 2), (.optFlatMap, 2):
                (1, 1)
            case (.map, 3): (1, 2)
            case (.all, 3), (.exists, 3), (.existsOne, 3), (.existsOneClassic, 3): (2, 1)
            case (.transformList, 3), (.transformMap, 3), (.transformMapEntry, 3): (2, 1)
            case (.transformList, 4), (.transformMap, 4), (.transformMapEntry, 4): (2, 2)
            default: nil
            }
        }
    }
}
