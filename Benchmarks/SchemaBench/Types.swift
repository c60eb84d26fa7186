import JSON
import Primitives
import TypedAPI

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// The body of a request, some 400 bytes; the same declarations serve Foundation through `Codable`.
@Schema struct Body: Codable, Equatable {
    @Field(.length(1...200)) var name: String
    var projectID: UUID
    var environment: Environment
    @Field(.range(0...10)) var priority: Int = 5
    @Field(.count(0...10), .each(.length(1...40)), .unique) var tags: [String] = []
    @Field(.length(1...2000)) var callback: String?
    @Field(.length(1...400)) var description: String
    var delayed: Bool = false
    @Field(.range(0...86_400)) var timeoutSeconds: Int
    @Field(.length(1...255)) var idempotencyKey: String
    var retry: Retry?

    enum CodingKeys: String, CodingKey {
        case name, projectID = "projectId", environment, priority, tags, callback, description, delayed, timeoutSeconds, idempotencyKey,
            retry
    }
}

@Schema enum Environment: String, Codable { case development, production }

@Schema struct Retry: Codable, Equatable {
    @Field(.range(1...20)) var attempts: Int
    @Field(.count(0...20)) var delays: [Int]
    var exponential: Bool
}

/// A row of a list.
@Schema struct Row: Codable, Equatable {
    var id: UUID
    var projectID: UUID
    var name: String
    var status: Status
    var attempt: Int
    var durationMilliseconds: Int?
    var tags: [String]
    var error: String?
    var createdAt: Date
    var startedAt: Date?
    var finishedAt: Date?

    enum CodingKeys: String, CodingKey {
        case id, projectID = "projectId", name, status, attempt, durationMilliseconds, tags, error, createdAt, startedAt, finishedAt
    }
}

@Schema enum Status: String, Codable { case queued, running, succeeded, failed }

@Schema struct Page: Codable, Equatable {
    var data: [Row]
    var hasMore: Bool
}
