internal import LinearRegex

extension CEL {
    /// A resolved expression: one flat array; nodes refer to each other by place.
    enum Code: Sendable {
        case constant(Value)
        case variable(Int)
        case local(Int)
        case select(Int, String, isOptional: Bool)
        case has(Int, String)
        case index(Int, Int, isOptional: Bool)
        case and(Int, Int)
        case or(Int, Int)
        case conditional(Int, Int, Int)
        case not(Int)
        case negate(Int)
        case binary(Operator, Int, Int)
        case call(Builtin, Int, Int, Int, Int, count: Int)
        case variadic(Builtin, [Int])
        case matches(Int, Pattern)
        case custom([Int], [Int], fallback: Int)
        case list([(Int, isOptional: Bool)])
        case map([MapEntry])
        case loop(Macro, local: Int, names: Int, range: Int, first: Int, second: Int)
        case block([Int], local: Int, body: Int)
        case fail(String)
    }

    enum Operator: String, Sendable {
        case equal = "_==_"
        case notEqual = "_!=_"
        case less = "_<_"
        case lessOrEqual = "_<=_"
        case greater = "_>_"
        case greaterOrEqual = "_>=_"
        case add = "_+_"
        case subtract = "_-_"
        case multiply = "_*_"
        case divide = "_/_"
        case remainder = "_%_"
        case isIn = "@in"
    }

    /// A function of the standard library or of an extension; methods begin with a dot.
    enum Builtin: String, Sendable, CaseIterable {
        case size, type, int, uint, double, string, bytes, bool, timestamp, duration, dyn, matches
        case sizeMethod = ".size"
        case contains = ".contains"
        case startsWith = ".startsWith"
        case endsWith = ".endsWith"
        case matchesMethod = ".matches"
        case getFullYear = ".getFullYear"
        case getMonth = ".getMonth"
        case getDate = ".getDate"
        case getDayOfMonth = ".getDayOfMonth"
        case getDayOfWeek = ".getDayOfWeek"
        case getDayOfYear = ".getDayOfYear"
        case getHours = ".getHours"
        case getMinutes = ".getMinutes"
        case getSeconds = ".getSeconds"
        case getMilliseconds = ".getMilliseconds"
        case charAt = ".charAt"
        case indexOf = ".indexOf"
        case lastIndexOf = ".lastIndexOf"
        case lowerAscii = ".lowerAscii"
        case upperAscii = ".upperAscii"
        case replace = ".replace"
        case split = ".split"
        case substring = ".substring"
        case trim = ".trim"
        case join = ".join"
        case reverse = ".reverse"
        case format = ".format"
        case quote = "strings.quote"
        case greatest = "math.greatest"
        case least = "math.least"
        case ceil = "math.ceil"
        case floor = "math.floor"
        case round = "math.round"
        case trunc = "math.trunc"
        case abs = "math.abs"
        case sign = "math.sign"
        case sqrt = "math.sqrt"
        case isNaN = "math.isNaN"
        case isInf = "math.isInf"
        case isFinite = "math.isFinite"
        case bitAnd = "math.bitAnd"
        case bitOr = "math.bitOr"
        case bitXor = "math.bitXor"
        case bitNot = "math.bitNot"
        case shiftLeft = "math.bitShiftLeft"
        case shiftRight = "math.bitShiftRight"
        case encode = "base64.encode"
        case decode = "base64.decode"
        case optionalOf = "optional.of"
        case optionalOfNonZero = "optional.ofNonZeroValue"
        case optionalNone = "optional.none"
        case hasValue = ".hasValue"
        case value = ".value"
        case or = ".or"
        case orValue = ".orValue"
    }
}
