import PostgresClient
import Primitives
import TypedSQL

func missingColumnInDraft() {
    _ = Project.insert(.init(name: "web"))  // error: missing argument for parameter 'organizationID' in call
}
