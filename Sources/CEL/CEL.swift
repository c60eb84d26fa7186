/// The Common Expression Language: conditions and small computations that users write, with a bounded cost and no access to anything but
/// their inputs.
///
/// ```swift
/// var environment = CEL.Environment()
/// environment.declare("input", as: .map(.string, .dyn))
/// let program = try CEL.compile("input.total > 1000 && input.country in ['DE', 'AT']", in: environment)
/// let value = try program.evaluate(["input": CEL.Value(json)])
/// ```
public enum CEL {
    /// Parses, checks and resolves an expression.
    ///
    /// - Throws: ``CEL/Failure`` with the place of the first mistake: malformed text, an undeclared name, or a function for which the
    ///   arguments' types do not fit.
    public static func compile(_ source: String, in environment: Environment = Environment()) throws(Failure) -> Program {
        var parser = try Parser(source, limits: environment.limits)
        let tree = try parser.parse()
        var resolver = Resolver(tree: tree, environment: environment)
        return try resolver.program()
    }
}

extension CEL {
    /// Why an expression does not compile or has no value.
    public struct Failure: Error, Hashable, Sendable, CustomStringConvertible {
        public enum Kind: String, Hashable, Sendable {
            /// The text is no expression.
            case syntax
            /// A name is not declared, or types do not fit.
            case check
            /// The evaluation has no value: a missing key, an overflow, a value of the wrong type.
            case evaluation
            /// The evaluation took more than its limits allow. No operator absorbs this one.
            case limit
        }

        public let kind: Kind
        /// A sentence without the place.
        public let message: String
        /// Counted from one, in Unicode scalars.
        public internal(set) var line: Int
        public internal(set) var column: Int

        var offset: Int

        init(_ kind: Kind, _ message: String, offset: Int = -1) {
            self.kind = kind
            self.message = message
            self.offset = offset
            line = 1
            column = 1
        }

        public var description: String { "\(line):\(column): \(message)" }

        func located(in source: String) -> Failure {
            var copy = self
            copy.line = 1
            copy.column = 1
            for scalar in source.unicodeScalars.prefix(max(offset, 0)) {
                if scalar == "\n" {
                    copy.line += 1
                    copy.column = 1
                } else {
                    copy.column += 1
                }
            }
            return copy
        }
    }

    /// Bounds of what an expression may take. Beyond one of them is a ``Failure`` of kind ``Failure/Kind/limit`` or, in the text itself,
    /// ``Failure/Kind/syntax``.
    public struct Limits: Sendable {
        /// Nodes evaluated, and elements or code points that functions go through.
        public var steps = 100_000
        /// Bytes of the texts, lists and maps that the evaluation makes, each element counting 32.
        public var bytes = 4 << 20
        /// How deeply the expression may nest.
        public var depth = 200
        /// Bytes of the source.
        public var sourceBytes = 64 << 10

        public init() {}
    }
}
