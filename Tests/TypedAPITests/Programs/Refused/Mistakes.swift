import TypedAPI

@Schema  // error: @Schema applies to a struct or an enum
final class AClass { let a = 1 }

@Schema
struct AGeneric<Value> {  // error: @Schema applies to a type without generic parameters
    var a: Int
}

@Schema
struct Fields {
    var inferred = 1  // error: 'inferred' needs its type written out
    let constant: Int = 1  // error: 'constant' would have this value whatever the JSON says
    var both: Int = 1, two: Int = 2  // error: one field a line
    var implicit: Int!  // error: must say with ? whether it can be absent
}

@Schema
struct Rules {
    @Field(.length(1...2)) var number: Int  // error: .length is a rule of text, and 'number' is Int
    @Field(.length(1...2)) var list: [String]  // error: .length counts the characters of text (.count counts elements)
    @Field(.range(1...2)) var text: String  // error: .range is a rule of numbers, times and durations, and 'text' is String
    @Field(.count(1)) var counted: String?  // error: .count counts the elements of lists and maps (.length counts characters)
    @Field(.unique) var map: [String: Int]  // error: .unique is a rule of lists, and 'map' is [String: Int]
    @Field(.multiple(of: 2)) var flag: Bool  // error: .multiple is a rule of numbers, and 'flag' is Bool
    @Field(.notNull) var there: Int  // error: .notNull is for optional fields, and 'there' is Int
    @Field(.required, .notNull) var neither: Int?  // error: a field that is required and never null is not optional: drop the ?
}

@Schema
struct Misspelled {
    @Field(.lenght(1...2)) var a: String  // error: reference to member 'lenght' cannot be resolved
}

@Schema
struct WrongArgument {
    @Field(.length("1")) var a: String  // error: cannot convert value of type 'String' to expected argument type 'Int'
}

@Schema
struct Names {
    var projectID: Int
    @Field("projectId") var project: Int  // error: two fields have the name "projectId" in JSON
    @Field("a\"b") var quoted: Int  // error: a name is plain text without quotes and backslashes
}

@Schema(unknown: .keep)  // error: no field has .unknownMembers to keep them in
struct Keeping { var a: Int }

@Schema(discriminator: "type")  // error: a discriminator belongs to an enum with payloads
struct Tagged { var a: Int }

@Schema(discriminator: "type")  // error: a discriminator belongs to an enum with payloads, not to one with raw values
enum TaggedStrings: String { case a }

@Schema
enum Payloads {
    case two(Int, String)  // error: a case has one payload: put its values into a struct
}

@Schema
enum Bare {  // error: the case 'none' has no payload to tell it by: say @Schema(discriminator:)
    case some(Int)
    case none
}

@Schema
enum Twice {
    case first
    @Field("first") case second  // error: two cases have the name "first" in JSON
}

@Schema
enum Nothing {}  // error: @Schema needs at least one case
