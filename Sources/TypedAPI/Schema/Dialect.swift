public import JSON

/// What one family of routes does about requests that are not acceptable.
///
/// ``problems`` is ours; a library that re-creates another server's interface brings its own.
public struct Dialect: Sendable {
    /// A part of a request that is checked.
    public enum Part: Hashable, Sendable {
        case path, query, headers, body
    }

    /// What a request can be refused for before its handler sees it.
    public enum Refusal: Error, Hashable, Sendable {
        /// None of the media types it could answer with is among those of the header `Accept`.
        case notAcceptable([String])
        case unsupportedMediaType
        case bodyRequired
        /// Bytes allowed.
        case bodyTooLarge(limit: Int)
        case malformedJSON(JSONError)
        /// Every problem of the parts that were checked together.
        case invalid([Finding])
    }

    /// An issue and the part of the request that has it.
    public struct Finding: Hashable, Sendable {
        public let part: Part
        public let issue: Issue

        public init(part: Part, issue: Issue) {
            self.part = part
            self.issue = issue
        }
    }

    /// For objects whose type does not say it.
    public var unknownFields: UnknownFields
    /// What a body may be.
    public enum BodyForm: Hashable, Sendable {
        /// `application/json` and `application/…+json`, in UTF-8.
        case json
        /// `application/x-www-form-urlencoded`.
        case form
    }

    public var bodyForms: Set<BodyForm>
    /// For query parameters nobody declared.
    public var unknownParameters: UnknownFields
    public var limits: JSONLimits
    /// More are not told: the answer would grow with whatever nonsense came in.
    public var maximumIssues: Int
    /// The parts in the order they are checked. Those of one stage are told together; a later stage is not looked at when one failed.
    public var stages: [[Part]]
    /// The error that a refused request ends with.
    public var render: @Sendable (Refusal) -> any Error
    /// What documents say of it, and of the endpoints' own errors.
    public var errors: ErrorFormat {
        get { errorFormat.value }
        set { errorFormat = ErrorFormatBox(newValue) }
    }
    private var errorFormat: ErrorFormatBox

    public init(
        unknownFields: UnknownFields = .reject, unknownParameters: UnknownFields = .reject,
        limits: JSONLimits = JSONLimits(depth: 64, size: 1 << 20, values: 100_000, stringBytes: 256 << 10, members: 1000),
        bodyForms: Set<BodyForm> = [.json], maximumIssues: Int = 100, stages: [[Part]] = [[.path], [.query, .headers, .body]],
        errors: ErrorFormat = .problems, render: @escaping @Sendable (Refusal) -> any Error
    ) {
        self.unknownFields = unknownFields
        self.unknownParameters = unknownParameters
        self.limits = limits
        self.bodyForms = bodyForms
        self.maximumIssues = maximumIssues
        self.stages = stages
        errorFormat = ErrorFormatBox(errors)
        self.render = render
    }
}

/// Only documents ask for it: a dialect, which every request meets, is copied without its many texts.
private final class ErrorFormatBox: Sendable {
    let value: ErrorFormat

    init(_ value: ErrorFormat) { self.value = value }
}
