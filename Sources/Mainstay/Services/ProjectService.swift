import PostgresClient
import Primitives
import TypedAPI
import TypedSQL

/// The projects of an organization.
struct ProjectService: Sendable {
    let database: Database
    let cache: TenantCache

    /// - Throws: ``Problem`` 409 `project_slug_taken`; 403 `plan_limit_reached` when the organization has `limit` projects already.
    /// - Parameter slug: nil makes one from the name, with a few random digits behind it when that is taken.
    func create(name: String, slug: String?, limit: Int, in scope: TenantScope) async throws -> Project {
        try await database.within(scope).withTransaction { transaction in
            // Serializes the creation of projects within one organization, so that the count below stays true.
            try await transaction.lock("project:" + scope.organizationID)
            let existing = Project.from().where { $0.organizationID == scope.organizationID }
            guard try await transaction.count(existing.select { $0.id }.limit(limit)) < limit else {
                throw Problem(.planLimitReached, detail: "The plan allows \(limit) project\(limit == 1 ? "" : "s").")
            }
            var chosen = slug ?? ProjectSlug.from(name: name)
            if slug == nil, try await transaction.exists(existing.where { $0.slug == chosen }) { chosen = ProjectSlug.varied(chosen) }
            let project = Project.Draft(id: ProjectID(), organizationID: scope.organizationID, name: name, slug: chosen)
            do {
                return try await transaction.one(Project.insert(project).returning())
            } catch let error as PostgresError where error.constraint == "project_slug_key" {
                throw Problem(.projectSlugTaken)
            }
        }
    }

    /// Newest first: up to one more than a page has, which tells whether there is another.
    func list(_ page: PageQuery, in scope: TenantScope) async throws -> [Project] {
        try await database.within(scope).all(
            Project.from().where { $0.organizationID == scope.organizationID }
                .after(try page.after().map(ProjectID.init(uuid:))) { $0.id.descending }
                .limit(page.limit + 1))
    }

    /// What ``find(_:in:)`` would tell, where nothing has to be asked for it; nil says nothing.
    func known(_ id: ProjectID, in scope: TenantScope) -> Project? { cache.project(id, in: scope) }

    /// nil when there is none in this organization.
    func find(_ id: ProjectID, in scope: TenantScope) async throws -> Project? {
        try await cache.project(id, in: scope) {
            try await database.within(scope).first(
                Project.from().where { $0.id == id && $0.organizationID == scope.organizationID })
        }
    }

    /// Those of `ids` that exist in this organization.
    func existing(_ ids: [ProjectID], in scope: TenantScope) async throws -> Set<ProjectID> {
        let query = Project.from().where { $0.id.isIn(ids) && $0.organizationID == scope.organizationID }.select { $0.id }
        return Set(try await database.within(scope).all(query))
    }
}

/// 3 to 40 of a-z, 0-9 and hyphen, beginning and ending with a letter or digit.
enum ProjectSlug {
    static let pattern = "^[a-z0-9][a-z0-9-]{1,38}[a-z0-9]$"

    /// A slug made from a name; random digits where too little of it can be used.
    static func from(name: String) -> String {
        var slug = ""
        for byte in name.lowercased().utf8 {
            if isLetterOrDigit(byte) {
                slug.unicodeScalars.append(Unicode.Scalar(byte))
            } else if !slug.isEmpty, !slug.hasSuffix("-") {
                slug.append("-")
            }
            if slug.utf8.count == 40 { break }
        }
        while slug.hasSuffix("-") { slug.removeLast() }
        if slug.utf8.count < 3 { slug = varied("project") }
        return slug
    }

    /// The slug with six random characters behind it.
    static func varied(_ slug: String) -> String {
        "\(slug.prefix(33))-\(SecureRandom.string(6, alphabet: .alphanumeric).lowercased())"
    }

    private static func isLetterOrDigit(_ byte: UInt8) -> Bool { (97...122).contains(byte) || (48...57).contains(byte) }
}
