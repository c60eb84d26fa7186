import PostgresClient

/// Proof that the caller may act for an organization: minted by the middleware or processor that established it.
///
/// Every query on tenant data takes one. It names the organization for the explicit filter, and for row-level security
/// through the prelude that rides in front of the query at no round trip of its own.
public struct TenantScope: Sendable {
    public let organizationID: String

    package init(verified organizationID: String) { self.organizationID = organizationID }

    var prelude: SQL { "select set_config('app.organization_id', \(organizationID), true)" }
}
