import JSON
import PostgresClient
import Primitives
import TypedAPI

struct Project: Sendable {
    let id: ProjectID
    let name: String
    let slug: String
    let createdAt: Timestamp
    let updatedAt: Timestamp

    init(_ row: PostgresRow) throws {
        (id, name, slug, createdAt, updatedAt) = try row.decode(ProjectID.self, String.self, String.self, Timestamp.self, Timestamp.self)
    }

    static let columns = SQL(unsafeRaw: "id, name, slug, created_at, updated_at")
}

/// The projects of an organization.
struct ProjectService: Sendable {
    let database: Database
    let cache: TenantCache

    /// - Throws: ``Problem`` 409 `project_slug_taken`; 403 `plan_limit_reached` when the organization has `limit` projects already.
    /// - Parameter slug: nil makes one from the name, with a few random digits behind it when that is taken.
    func create(name: String, slug: String?, limit: Int, in scope: TenantScope) async throws -> Project {
        let id = ProjectID()
        return try await database.withTransaction(in: scope) { transaction in
            // Serializes the creation of projects within one organization, so that the count below stays true.
            try await transaction.execute("select pg_advisory_xact_lock(hashtextextended(\("project:" + scope.organizationID), 0))")
            let count = try await transaction.query(
                "select count(*) from (select from project where organization_id = \(scope.organizationID) limit \(limit)) as existing")
            guard try count.first?.decode(Int.self) ?? 0 < limit else {
                throw Problem(.planLimitReached, detail: "The plan allows \(limit) project\(limit == 1 ? "" : "s").")
            }
            var chosen = slug
            if chosen == nil { chosen = try await freeSlug(for: name, in: scope, transaction) }
            do {
                let rows = try await transaction.query(
                    """
                    insert into project (id, organization_id, name, slug) values (\(id), \(scope.organizationID), \(name), \(chosen))
                    returning \(Project.columns)
                    """)
                guard let row = rows.first else { throw Problem(.internalError) }
                return try Project(row)
            } catch let error as PostgresError where error.constraint == "project_slug_key" {
                throw Problem(.projectSlugTaken)
            }
        }
    }

    private func freeSlug(for name: String, in scope: TenantScope, _ transaction: PostgresTransaction) async throws -> String {
        let slug = ProjectSlug.from(name: name)
        let taken = try await transaction.query(
            "select from project where organization_id = \(scope.organizationID) and slug = \(slug)")
        return taken.isEmpty ? slug : ProjectSlug.varied(slug)
    }

    func list(_ page: PageRequest, in scope: TenantScope) async throws -> Page<Project> {
        let rows = try await database.query(
            """
            select \(Project.columns) from project
            where organization_id = \(scope.organizationID) and id < coalesce(\(page.after), 'ffffffff-ffff-ffff-ffff-ffffffffffff')
            order by id desc limit \(page.limit + 1)
            """, in: scope)
        return Page(rows: try rows.map(Project.init), limit: page.limit) { $0.id.uuid }
    }

    /// nil when there is none in this organization.
    func find(_ id: ProjectID, in scope: TenantScope) async throws -> Project? {
        try await cache.project(id, in: scope) {
            let rows = try await database.query(
                "select \(Project.columns) from project where id = \(id) and organization_id = \(scope.organizationID)", in: scope)
            return try rows.first.map(Project.init)
        }
    }

    /// Those of `ids` that exist in this organization.
    func existing(_ ids: [ProjectID], in scope: TenantScope) async throws -> Set<ProjectID> {
        let rows = try await database.query(
            "select id from project where id = any(\(ids)) and organization_id = \(scope.organizationID)", in: scope)
        return Set(try rows.map { try $0.decode(ProjectID.self) })
    }
}

/// 3 to 40 of a-z, 0-9 and hyphen, beginning and ending with a letter or digit.
enum ProjectSlug {
    static func isValid(_ text: String) -> Bool {
        let bytes = text.utf8
        return (3...40).contains(bytes.count) && bytes.allSatisfy { isLetterOrDigit($0) || $0 == UInt8(ascii: "-") }
            && bytes.first.map(isLetterOrDigit) == true && bytes.last.map(isLetterOrDigit) == true
    }

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
