public import JSON

extension CEL {
    /// A compiled expression. It can be evaluated by many tasks at once.
    public struct Program: Sendable {
        let tree: Tree
        let code: [Code]
        let offsets: [Int]
        let root: Int
        let variables: [String]
        let localCount: Int
        /// The type that the checker found.
        public let resultType: ValueType
        let functions: [Environment.Function]
        let limits: Limits

        public var source: String { tree.source }

        /// Evaluates with the values of the variables that the expression reads.
        public func evaluate(_ variables: [String: Value] = [:]) throws(Failure) -> Value {
            var evaluator = Evaluator(self, variables: variables, object: nil)
            return try evaluator.run()
        }

        /// Evaluates with the members of an object as variables.
        public func evaluate(_ variables: JSONObject) throws(Failure) -> Value {
            var evaluator = Evaluator(self, variables: [:], object: variables)
            return try evaluator.run()
        }

        /// The paths that the expression reads from its variables, each as far as its names are fixed, in the order of the text and without
        /// those that begin another.
        public var references: [[String]] {
            var found: [[String]] = []
            func path(_ place: Int) -> [String]? {
                switch code[place] {
                case .variable(let variable): [variables[variable]]
                case .select(let operand, let name, _), .has(let operand, let name): path(operand).map { $0 + [name] }
                case .index(let operand, let index, _):
                    if case .constant(.string(let name)) = code[index] { path(operand).map { $0 + [name] } } else { nil }
                default: nil
                }
            }
            for place in code.indices {
                if let path = path(place), !found.contains(path) { found.append(path) }
            }
            return found.filter { path in !found.contains { $0.count > path.count && $0.starts(with: path) } }
        }
    }
}
