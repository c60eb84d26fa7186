-- The tables of better-auth, as its own migrator makes them: names, types and defaults are its contract, not ours.
-- An existing better-auth database has them already; they carry no row-level security.

create table if not exists "user" (
    "id" text not null primary key,
    "name" text not null,
    "email" text not null unique,
    "emailVerified" boolean not null,
    "image" text,
    "createdAt" timestamptz not null default current_timestamp,
    "updatedAt" timestamptz not null default current_timestamp,
    "role" text,
    "banned" boolean,
    "banReason" text,
    "banExpires" timestamptz,
    "twoFactorEnabled" boolean
);
create table if not exists "session" (
    "id" text not null primary key,
    "expiresAt" timestamptz not null,
    "token" text not null unique,
    "createdAt" timestamptz not null default current_timestamp,
    "updatedAt" timestamptz not null,
    "ipAddress" text,
    "userAgent" text,
    "userId" text not null references "user" ("id") on delete cascade,
    "activeOrganizationId" text,
    "activeTeamId" text,
    "impersonatedBy" text
);
create table if not exists "account" (
    "id" text not null primary key,
    "accountId" text not null,
    "providerId" text not null,
    "userId" text not null references "user" ("id") on delete cascade,
    "accessToken" text,
    "refreshToken" text,
    "idToken" text,
    "accessTokenExpiresAt" timestamptz,
    "refreshTokenExpiresAt" timestamptz,
    "scope" text,
    "password" text,
    "createdAt" timestamptz not null default current_timestamp,
    "updatedAt" timestamptz not null
);
create table if not exists "verification" (
    "id" text not null primary key,
    "identifier" text not null,
    "value" text not null,
    "expiresAt" timestamptz not null,
    "createdAt" timestamptz not null default current_timestamp,
    "updatedAt" timestamptz not null default current_timestamp
);
create index if not exists "session_userId_idx" on "session" ("userId");
create index if not exists "account_userId_idx" on "account" ("userId");
create index if not exists "verification_identifier_idx" on "verification" ("identifier");
create table if not exists "organization" (
    "id" text not null primary key,
    "name" text not null,
    "slug" text not null unique,
    "logo" text,
    "createdAt" timestamptz not null,
    "metadata" text
);
create table if not exists "member" (
    "id" text not null primary key,
    "organizationId" text not null references "organization" ("id") on delete cascade,
    "userId" text not null references "user" ("id") on delete cascade,
    "role" text not null,
    "createdAt" timestamptz not null
);
create table if not exists "invitation" (
    "id" text not null primary key,
    "organizationId" text not null references "organization" ("id") on delete cascade,
    "email" text not null,
    "role" text,
    "teamId" text,
    "status" text not null,
    "expiresAt" timestamptz not null,
    "createdAt" timestamptz not null default current_timestamp,
    "inviterId" text not null references "user" ("id") on delete cascade
);
create table if not exists "organizationRole" (
    "id" text not null primary key,
    "organizationId" text not null references "organization" ("id") on delete cascade,
    "role" text not null,
    "permission" text not null,
    "createdAt" timestamptz not null default current_timestamp,
    "updatedAt" timestamptz
);
create index if not exists "member_organizationId_idx" on "member" ("organizationId");
create index if not exists "member_userId_idx" on "member" ("userId");
create index if not exists "invitation_organizationId_idx" on "invitation" ("organizationId");
create index if not exists "invitation_email_idx" on "invitation" ("email");
create index if not exists "organizationRole_organizationId_idx" on "organizationRole" ("organizationId");
create index if not exists "organizationRole_role_idx" on "organizationRole" ("role");
create table if not exists "team" (
    "id" text not null primary key,
    "name" text not null,
    "memberCount" integer not null,
    "organizationId" text not null references "organization" ("id") on delete cascade,
    "createdAt" timestamptz not null,
    "updatedAt" timestamptz
);
create table if not exists "teamMember" (
    "id" text not null primary key,
    "teamId" text not null references "team" ("id") on delete cascade,
    "userId" text not null references "user" ("id") on delete cascade,
    "membershipKey" text unique,
    "createdAt" timestamptz
);
create index if not exists "team_organizationId_idx" on "team" ("organizationId");
create index if not exists "teamMember_teamId_idx" on "teamMember" ("teamId");
create index if not exists "teamMember_userId_idx" on "teamMember" ("userId");
create table if not exists "twoFactor" (
    "id" text not null primary key,
    "secret" text not null,
    "backupCodes" text not null,
    "userId" text not null references "user" ("id") on delete cascade,
    "verified" boolean,
    "failedVerificationCount" integer,
    "lockedUntil" timestamptz
);
create table if not exists "jwks" (
    "id" text not null primary key,
    "publicKey" text not null,
    "privateKey" text not null,
    "createdAt" timestamptz not null,
    "expiresAt" timestamptz,
    "alg" text,
    "crv" text
);
create table if not exists "apikey" (
    "id" text not null primary key,
    "configId" text not null,
    "name" text,
    "start" text,
    "referenceId" text not null,
    "prefix" text,
    "key" text not null,
    "refillInterval" integer,
    "refillAmount" integer,
    "lastRefillAt" timestamptz,
    "enabled" boolean,
    "rateLimitEnabled" boolean,
    "rateLimitTimeWindow" integer,
    "rateLimitMax" integer,
    "requestCount" integer,
    "remaining" integer,
    "lastRequest" timestamptz,
    "expiresAt" timestamptz,
    "createdAt" timestamptz not null,
    "updatedAt" timestamptz not null,
    "permissions" text,
    "metadata" text
);
create index if not exists "twoFactor_secret_idx" on "twoFactor" ("secret");
create index if not exists "twoFactor_userId_idx" on "twoFactor" ("userId");
create index if not exists "apikey_configId_idx" on "apikey" ("configId");
create index if not exists "apikey_referenceId_idx" on "apikey" ("referenceId");
create index if not exists "apikey_key_idx" on "apikey" ("key");

grant select, insert, update, delete on "user", "session", "account", "verification", "organization", "member", "invitation", "organizationRole", "team", "teamMember", "twoFactor", "jwks", "apikey"
    to mainstay_app, mainstay_system;

-- Use of a key is noted in columns that are left out here on purpose.
create or replace trigger apikey_notify
    after insert or delete or update of "key", "enabled", "expiresAt", "permissions", "referenceId", "configId" on "apikey"
    for each row execute function notify_change('referenceId');
create or replace trigger organization_notify after delete or update of "name", "slug" on "organization"
    for each row execute function notify_change('id');
