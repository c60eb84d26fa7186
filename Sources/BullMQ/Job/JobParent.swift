import JSON

/// A job that waits for another one.
public struct JobParent: Sendable, Hashable {
    public let id: String
    /// The parent's queue, `<prefix>:<queue>`.
    public let queue: String

    public init(id: String, queue: String) {
        self.id = id
        self.queue = queue
    }

    public init(id: String, queue: Queue) {
        self.init(id: id, queue: queue.keys.base)
    }

    var key: String { "\(queue):\(id)" }

    /// What is stored of the parent with its child.
    func link(_ policy: ChildFailurePolicy?) -> JSONObject {
        var object: JSONObject = ["id": .string(id), "queueKey": .string(queue)]
        if let policy { object[policy.rawValue] = true }
        return object
    }
}

/// What a child's final failure means for its parent. Without one the parent waits until somebody retries or removes the child.
///
/// The raw value is the name of the option as it is stored.
public enum ChildFailurePolicy: String, Sendable, CaseIterable {
    /// The parent fails as well.
    case failParent = "fpof"
    /// The parent runs at once, whatever else it waits for, and finds the failure in ``Queue/ignoredFailures(of:)``.
    case continueParent = "cpof"
    /// The parent runs when nothing else is pending, and finds the failure in ``Queue/ignoredFailures(of:)``.
    case ignore = "idof"
    /// The parent runs when nothing else is pending, as if the child had never been.
    case remove = "rdof"

    /// The name of the option as users write it.
    var longName: String {
        switch self {
        case .failParent: "failParentOnFailure"
        case .continueParent: "continueParentOnFailure"
        case .ignore: "ignoreDependencyOnFailure"
        case .remove: "removeDependencyOnFailure"
        }
    }
}
