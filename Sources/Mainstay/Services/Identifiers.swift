import Primitives

enum ProjectTag: TypeIDTag { static let prefix = "proj" }
enum QueueTag: TypeIDTag { static let prefix = "queue" }
enum MessageTag: TypeIDTag { static let prefix = "msg" }

typealias ProjectID = TypeID<ProjectTag>
typealias QueueID = TypeID<QueueTag>
typealias MessageID = TypeID<MessageTag>
