"""The tables are better-auth's, to the column: what its own migrator of 1.7 makes, read back from a live database."""

NOT_NULL, NULL = "NO", "YES"
NOW = "CURRENT_TIMESTAMP"

TEXT, FLAG, TIME, WHOLE = "text", "boolean", "timestamp with time zone", "integer"


def column(kind, null=NOT_NULL, default=None):
    return kind, null, default


def texts(*names, null=NULL):
    return {name: column(TEXT, null) for name in names}


TABLES = {
    "user": {
        **texts("id", "name", "email", null=NOT_NULL), **texts("image", "role", "banReason"), "emailVerified": column(FLAG),
        "createdAt": column(TIME, NOT_NULL, NOW), "updatedAt": column(TIME, NOT_NULL, NOW), "banned": column(FLAG, NULL),
        "banExpires": column(TIME, NULL), "twoFactorEnabled": column(FLAG, NULL)},
    "session": {
        **texts("id", "token", "userId", null=NOT_NULL),
        **texts("ipAddress", "userAgent", "activeOrganizationId", "activeTeamId", "impersonatedBy"),
        "expiresAt": column(TIME), "createdAt": column(TIME, NOT_NULL, NOW), "updatedAt": column(TIME)},
    "account": {
        **texts("id", "accountId", "providerId", "userId", null=NOT_NULL),
        **texts("accessToken", "refreshToken", "idToken", "scope", "password"), "accessTokenExpiresAt": column(TIME, NULL),
        "refreshTokenExpiresAt": column(TIME, NULL), "createdAt": column(TIME, NOT_NULL, NOW), "updatedAt": column(TIME)},
    "verification": {
        **texts("id", "identifier", "value", null=NOT_NULL), "expiresAt": column(TIME), "createdAt": column(TIME, NOT_NULL, NOW),
        "updatedAt": column(TIME, NOT_NULL, NOW)},
    "organization": {**texts("id", "name", "slug", null=NOT_NULL), **texts("logo", "metadata"), "createdAt": column(TIME)},
    "member": {**texts("id", "organizationId", "userId", "role", null=NOT_NULL), "createdAt": column(TIME)},
    "invitation": {
        **texts("id", "organizationId", "email", "status", "inviterId", null=NOT_NULL), **texts("role", "teamId"),
        "expiresAt": column(TIME), "createdAt": column(TIME, NOT_NULL, NOW)},
    "team": {
        **texts("id", "name", "organizationId", null=NOT_NULL), "memberCount": column(WHOLE), "createdAt": column(TIME),
        "updatedAt": column(TIME, NULL)},
    "teamMember": {**texts("id", "teamId", "userId", null=NOT_NULL), **texts("membershipKey"), "createdAt": column(TIME, NULL)},
    "organizationRole": {
        **texts("id", "organizationId", "role", "permission", null=NOT_NULL), "createdAt": column(TIME, NOT_NULL, NOW),
        "updatedAt": column(TIME, NULL)},
    "twoFactor": {
        **texts("id", "secret", "backupCodes", "userId", null=NOT_NULL), "verified": column(FLAG, NULL),
        "failedVerificationCount": column(WHOLE, NULL), "lockedUntil": column(TIME, NULL)},
    "jwks": {
        **texts("id", "publicKey", "privateKey", null=NOT_NULL), **texts("alg", "crv"), "createdAt": column(TIME),
        "expiresAt": column(TIME, NULL)},
    "apikey": {
        **texts("id", "configId", "referenceId", "key", null=NOT_NULL), **texts("name", "start", "prefix", "permissions", "metadata"),
        **{name: column(WHOLE, NULL) for name in (
            "refillInterval", "refillAmount", "rateLimitTimeWindow", "rateLimitMax", "requestCount", "remaining")},
        "enabled": column(FLAG, NULL), "rateLimitEnabled": column(FLAG, NULL),
        **{name: column(TIME, NULL) for name in ("lastRefillAt", "lastRequest", "expiresAt")},
        "createdAt": column(TIME), "updatedAt": column(TIME)},
}

INDEXES = {
    "session": ["userId"], "account": ["userId"], "verification": ["identifier"], "organizationRole": ["organizationId", "role"],
    "team": ["organizationId"], "teamMember": ["teamId", "userId"], "member": ["organizationId", "userId"],
    "invitation": ["organizationId", "email"], "twoFactor": ["secret", "userId"], "apikey": ["configId", "referenceId", "key"],
}
UNIQUE = {"user": "email", "session": "token", "organization": "slug", "teamMember": "membershipKey"}
REFERENCES = {
    ("session", "userId", "user"), ("account", "userId", "user"), ("member", "organizationId", "organization"),
    ("member", "userId", "user"), ("invitation", "organizationId", "organization"), ("invitation", "inviterId", "user"),
    ("team", "organizationId", "organization"), ("teamMember", "teamId", "team"), ("teamMember", "userId", "user"),
    ("organizationRole", "organizationId", "organization"), ("twoFactor", "userId", "user"),
}


def test_columns(auth):
    rows = auth.sql(
        "select table_name, column_name, data_type, is_nullable, coalesce(column_default, '-') from information_schema.columns "
        "where table_schema = 'public'")
    found = {}
    for table, name, kind, null, default in rows:
        found.setdefault(table, {})[name] = (kind, null, None if default == "-" else default)
    assert found == TABLES


def test_indexes_and_constraints(auth):
    indexes = {tuple(row) for row in auth.sql("select tablename, indexname from pg_indexes where schemaname = 'public'")}
    expected = {(table, f"{table}_{name}_idx") for table, names in INDEXES.items() for name in names}
    expected |= {(table, f"{table}_{name}_key") for table, name in UNIQUE.items()} | {(table, f"{table}_pkey") for table in TABLES}
    assert indexes == expected
    references = auth.sql(
        """select c.conrelid::regclass::text, a.attname, c.confrelid::regclass::text, c.confdeltype from pg_constraint c
           join pg_attribute a on a.attrelid = c.conrelid and a.attnum = c.conkey[1] where c.contype = 'f'""")
    assert {(table.strip('"'), name, target.strip('"')) for table, name, target, _ in references} == REFERENCES
    assert {action for *_, action in references} == {"c"}
    assert auth.sql("select 1 from pg_constraint c join pg_namespace n on n.oid = connamespace where contype = 'c' and nspname = 'public'") == []
