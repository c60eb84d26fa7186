extension CEL {
    /// The overloads of the library, by name; those of methods begin with a dot and take the receiver first.
    static let signatures: [String: [Overload]] = {
        var table: [String: [Overload]] = [:]
        for line in signatureText.split(separator: "\n") {
            let halves = line.split(separator: ":", maxSplits: 1)
            let name = String(halves[0])
            for alternative in halves[1].split(separator: ";") {
                let words = alternative.split(separator: " ")
                let types = words.map { read(type: $0) }
                table[name, default: []].append(
                    Overload(name: name, isMethod: name.hasPrefix("."), parameters: Array(types.dropLast()), result: types.last ?? .dyn))
            }
        }
        return table
    }()

    private static func read(type text: Substring) -> ValueType {
        if let open = text.firstIndex(of: "<") {
            let inside = text[text.index(after: open)...].dropLast()
            switch text[..<open] {
            case "list": return .list(read(type: inside))
            case "optional": return .optional(read(type: inside))
            case "type": return .type(read(type: inside))
            default:
                let parts = inside.split(separator: ",", maxSplits: 1)
                return .map(read(type: parts[0]), read(type: parts[1]))
            }
        }
        return basic[String(text)] ?? .parameter(String(text))
    }

    static let basic: [String: ValueType] = [
        "dyn": .dyn, "null": .null, "bool": .bool, "int": .int, "uint": .uint, "double": .double, "string": .string, "bytes": .bytes,
        "timestamp": .timestamp, "duration": .duration,
    ]

    /// Names that stand for types in expressions.
    static let typeNames: [String: ValueType] = [
        "bool": .bool, "int": .int, "uint": .uint, "double": .double, "string": .string, "bytes": .bytes, "null_type": .null,
        "list": .list(.dyn), "map": .map(.dyn, .dyn), "type": .type(.dyn), "google.protobuf.Timestamp": .timestamp,
        "google.protobuf.Duration": .duration, "optional_type": .optional(.dyn),
    ]

    private static let ordered = """
        bool bool bool;int int bool;uint uint bool;double double bool;string string bool;bytes bytes bool;timestamp timestamp bool;\
        duration duration bool;int uint bool;int double bool;uint int bool;uint double bool;double int bool;double uint bool
        """

    /// Parameters, then the result; overloads apart by semicolons.
    private static let signatureText = """
        !_:bool bool
        -_:int int;double double
        _&&_:bool bool bool
        _||_:bool bool bool
        _?_:bool A A A
        _==_:A A bool
        _!=_:A A bool
        _<_:\(ordered)
        _<=_:\(ordered)
        _>_:\(ordered)
        _>=_:\(ordered)
        _+_:int int int;uint uint uint;double double double;string string string;bytes bytes bytes;list<A> list<A> list<A>;\
        timestamp duration timestamp;duration timestamp timestamp;duration duration duration
        _-_:int int int;uint uint uint;double double double;timestamp timestamp duration;timestamp duration timestamp;\
        duration duration duration
        _*_:int int int;uint uint uint;double double double
        _/_:int int int;uint uint uint;double double double
        _%_:int int int;uint uint uint
        @in:A list<A> bool;A map<A,B> bool
        size:string int;bytes int;list<A> int;map<A,B> int
        .size:string int;bytes int;list<A> int;map<A,B> int
        type:A type<A>
        int:int int;uint int;double int;string int;timestamp int;duration int
        uint:uint uint;int uint;double uint;string uint
        double:double double;int double;uint double;string double
        string:string string;int string;uint string;double string;bool string;bytes string;timestamp string;duration string
        bytes:bytes bytes;string bytes
        bool:bool bool;string bool
        timestamp:timestamp timestamp;string timestamp;int timestamp
        duration:duration duration;string duration;int duration
        dyn:A dyn
        matches:string string bool
        .matches:string string bool
        .contains:string string bool
        .startsWith:string string bool
        .endsWith:string string bool
        .getFullYear:timestamp int;timestamp string int
        .getMonth:timestamp int;timestamp string int
        .getDate:timestamp int;timestamp string int
        .getDayOfMonth:timestamp int;timestamp string int
        .getDayOfWeek:timestamp int;timestamp string int
        .getDayOfYear:timestamp int;timestamp string int
        .getHours:timestamp int;timestamp string int;duration int
        .getMinutes:timestamp int;timestamp string int;duration int
        .getSeconds:timestamp int;timestamp string int;duration int
        .getMilliseconds:timestamp int;timestamp string int;duration int
        .charAt:string int string
        .indexOf:string string int;string string int int
        .lastIndexOf:string string int;string string int int
        .lowerAscii:string string
        .upperAscii:string string
        .replace:string string string string;string string string int string
        .split:string string list<string>;string string int list<string>
        .substring:string int string;string int int string
        .trim:string string
        .join:list<string> string;list<string> string string
        .reverse:string string
        .format:string list<dyn> string
        strings.quote:string string
        math.ceil:double double
        math.floor:double double
        math.round:double double
        math.trunc:double double
        math.abs:int int;uint uint;double double
        math.sign:int int;uint uint;double double
        math.sqrt:int double;uint double;double double
        math.isNaN:double bool
        math.isInf:double bool
        math.isFinite:double bool
        math.bitAnd:int int int;uint uint uint
        math.bitOr:int int int;uint uint uint
        math.bitXor:int int int;uint uint uint
        math.bitNot:int int;uint uint
        math.bitShiftLeft:int int int;uint int uint
        math.bitShiftRight:int int int;uint int uint
        base64.encode:bytes string
        base64.decode:string bytes
        optional.of:A optional<A>
        optional.ofNonZeroValue:A optional<A>
        optional.none:optional<A>
        .hasValue:optional<A> bool
        .value:optional<A> A
        .or:optional<A> optional<A> optional<A>
        .orValue:optional<A> A A
        """
}
