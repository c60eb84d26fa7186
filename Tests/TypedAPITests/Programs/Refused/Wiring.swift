import Hummingbird
import TypedAPI

typealias Draft = Endpoint<BasicRequestContext>

@Schema struct Body { var name: String }
@Schema struct Path { var run: Int }
@Schema struct View { var name: String }
struct Unknown {}

let get = Draft.get("a", "runs", "")
    .body(Body.self)  // error: requires the types 'NoBody' and 'NoParameters' be equivalent

let bodies = Draft.post("a", "runs", "")
    .body(Body.self)
    .body(View.self)  // error: requires the types 'Body' and 'NoParameters' be equivalent

let paths = Draft.get("a", "runs/{run}", "")
    .path(Path.self)
    .path(View.self)  // error: requires the types 'Path' and 'NoParameters' be equivalent

let undescribed = Draft.post("a", "runs", "")
    .body(Unknown.self)  // error: requires that 'Unknown' conform to 'SchemaValue'

let plainAnswer = Draft.get("a", "runs", "").handle { _, _ in  // error: requires that 'View' conform to 'EndpointOutput'
    View(name: "")
}

func register(_ api: API, _ router: Router<BasicRequestContext>) {
    _ = api.group("v1", on: router)  // error: missing argument for parameter 'security' in call
}

let misread = Draft.post("a", "runs", "").body(Body.self).handle { input, _ in
    OK(View(name: input.body.nmae))  // error: value of type 'Body' has no member 'nmae'
}

let otherStatus: Endpoint<BasicRequestContext> = .post("a", "runs", "")
    .body(Body.self)
    .handle(answer: Created(View(name: ""))) { _, _ in  // error: to expected argument type
        OK(View(name: ""))
    }
