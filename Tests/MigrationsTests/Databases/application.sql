-- The two roles of the application. They are cluster-wide, and other databases of the cluster may be migrated at this moment, so making
-- one twice is no error. An owner who may not make roles finds them made by an administrator.
do $$
declare
    name text;
    -- Before 16 a member may always act as the role; since then that is a permission of its own, which the role's maker lacks.
    wanted constant text := case when current_setting('server_version_num')::int >= 160000 then 'SET' else 'MEMBER' end;
begin
    foreach name in array array['mainstay_app', 'mainstay_system'] loop
        if not exists (select from pg_roles where rolname = name) then
            begin
                execute format('create role %I nologin', name);
            exception
                when duplicate_object or unique_violation then null;
                when insufficient_privilege then
                    raise exception 'the role "%" may not create roles', current_user
                        using hint = 'Run as an administrator: create role mainstay_app nologin; create role mainstay_system nologin; '
                                  || format('grant mainstay_app, mainstay_system to %I;', current_user);
            end;
        end if;
        if not pg_has_role(current_user, name, wanted) then
            begin
                execute format('grant %I to %I', name, current_user);
            exception
                when unique_violation or sqlstate 'XX000' then
                    null;  -- another database of the cluster granted it at this moment ("tuple concurrently updated")
                when insufficient_privilege then
                    raise exception 'the role "%" may not act as "%"', current_user, name
                        using hint = format('Run as an administrator: grant mainstay_app, mainstay_system to %I;', current_user);
            end;
        end if;
    end loop;
end
$$;

grant usage on schema public to mainstay_app, mainstay_system;

-- Projects and queues ------------------------------------------------------------------------------------------------------------

create table project (
    id uuid primary key,
    organization_id text not null,
    name text not null,
    slug text not null,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint project_slug_key unique (organization_id, slug)
);

create table queue (
    id uuid primary key,
    organization_id text not null,
    project_id uuid not null references project (id),
    name text not null,
    destination_url text not null,
    -- AES-GCM under the key-encryption key; the plain form is answered once, when the queue is made.
    signing_secret bytea not null,
    retry jsonb not null,
    timeout_ms integer not null check (timeout_ms between 1 and 300000),
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint queue_name_key unique (project_id, name)
);
create index queue_organization_id_idx on queue (organization_id);

-- Messages and attempts -----------------------------------------------------------------------------------------------------------
-- Both are partitioned by retention class, then by the time inside the message id, so that retention drops whole partitions.
-- A foreign key between them would keep PostgreSQL from dropping the referenced one.

create type message_state as enum ('scheduled', 'queued', 'delivering', 'retrying', 'delivered', 'failed', 'canceled');

create table message (
    id uuid not null,
    retention_days smallint not null,
    organization_id text not null,
    project_id uuid not null,
    queue_id uuid not null,
    state message_state not null,
    content_type text not null,
    -- 'json' when the publisher sent a JSON value, 'base64' when it sent bytes: how the payload is shown, not how it is stored.
    payload_encoding text not null check (payload_encoding in ('json', 'base64')),
    payload bytea not null,
    -- Fixed at acceptance from the message, else the queue.
    retry jsonb not null,
    scheduled_for timestamptz,
    -- W3C trace context of the request that published it; deliveries continue it.
    traceparent text,
    -- What tracing systems said beside it.
    tracestate text,
    -- When the message is next due; null once its state is final.
    next_attempt_at timestamptz,
    attempt_count integer not null default 0,
    updated_at timestamptz not null default now(),
    finished_at timestamptz,
    primary key (id, retention_days),
    constraint message_due_until_final_check check ((next_attempt_at is null) = (state in ('delivered', 'failed', 'canceled')))
) partition by list (retention_days);

-- What is due and unfinished: a small index however many messages there are.
create index message_due_idx on message (next_attempt_at, id) where next_attempt_at is not null;

create table delivery_attempt (
    message_id uuid not null,
    retention_days smallint not null,
    number integer not null,
    organization_id text not null,
    started_at timestamptz not null,
    duration_us bigint not null,
    -- HTTP status of the answer; null when there was none.
    status smallint,
    -- Why the attempt failed: a code, and one sentence. Null when it succeeded.
    error text,
    error_detail text,
    response_body bytea,
    response_truncated boolean not null default false,
    dns_us bigint not null default 0,
    connect_us bigint not null default 0,
    tls_us bigint not null default 0,
    first_byte_us bigint not null default 0,
    primary key (message_id, number, retention_days)
) partition by list (retention_days);

do $$
declare
    parent text;
    days int;
begin
    foreach parent in array array['message', 'delivery_attempt'] loop
        foreach days in array array[7, 30, 90, 400] loop
            execute format('create table %I partition of %I for values in (%s) partition by range (%I)',
                           parent || '_r' || days, parent, days, case parent when 'message' then 'id' else 'message_id' end);
            execute format('create table %I partition of %I default', parent || '_r' || days || '_default', parent || '_r' || days);
        end loop;
    end loop;
end
$$;

-- The least UUIDv7 of a moment.
create function uuidv7_lower_bound(at timestamptz) returns uuid
    language sql immutable strict parallel safe
    as $$ select (lpad(to_hex((extract(epoch from at) * 1000)::bigint), 12, '0') || repeat('0', 20))::uuid $$;

-- Makes the partitions of today and the week ahead and drops those past their retention in which nothing waits any more.
-- Runs as the owner of the tables, which the application's roles are not.
--
-- Attaching and dropping lock the parent, and whoever comes after a waiting lock waits too: so nothing waits long here. When another
-- transaction is in the way, the rest is "postponed" to the next run, a week ahead of need.
create function maintain_partitions(at timestamptz default now(), out made integer, out dropped integer, out postponed boolean)
    language plpgsql security definer set search_path = public, pg_temp set lock_timeout = '1s'
    as $$
declare
    today constant date := (at at time zone 'utc')::date;
    parent text;
    key text;
    class record;
    start_day date;
    child text;
    lower_bound uuid;
    upper_bound uuid;
    expired record;
    waiting boolean;
begin
    made := 0;
    dropped := 0;
    postponed := false;
    if not pg_try_advisory_xact_lock(hashtext('mainstay.maintain_partitions')) then
        return;
    end if;
    foreach parent in array array['message', 'delivery_attempt'] loop
        key := case parent when 'message' then 'id' else 'message_id' end;
        for class in select * from (values (7, 1), (30, 1), (90, 7), (400, 28)) as classes(days, step) loop
            -- Partitions begin on multiples of their width since 1970, so that every run finds the same bounds.
            start_day := date '1970-01-01' + (today - date '1970-01-01') / class.step * class.step;
            while start_day <= today + 7 loop
                child := format('%s_r%s_%s', parent, class.days, to_char(start_day, 'YYYYMMDD'));
                lower_bound := uuidv7_lower_bound(start_day::timestamp at time zone 'utc');
                upper_bound := uuidv7_lower_bound((start_day + class.step)::timestamp at time zone 'utc');
                if to_regclass(child) is null then
                    begin
                        execute format('create table %I (like %I including all)', child, parent);
                        -- Rows are in the default partition when maintenance came late.
                        execute format('with late as (delete from %1$I where %2$I >= %3$L and %2$I < %4$L returning *) insert into %5$I select * from late',
                                       parent || '_r' || class.days || '_default', key, lower_bound, upper_bound, child);
                        execute format('alter table %I attach partition %I for values from (%L) to (%L)',
                                       parent || '_r' || class.days, child, lower_bound, upper_bound);
                        made := made + 1;
                    exception when lock_not_available then
                        postponed := true;
                        return;
                    end;
                end if;
                start_day := start_day + class.step;
            end loop;
        end loop;
    end loop;
    for expired in
        select attempts.relname as attempts, messages.relname as messages
        from (values (7, 1), (30, 1), (90, 7), (400, 28)) as classes(days, step)
        join pg_class messages on messages.relname ~ format('^message_r%s_[0-9]{8}$', classes.days)
                              and messages.relnamespace = 'public'::regnamespace and messages.relkind = 'r'
        join pg_class attempts on attempts.relname = 'delivery_attempt' || substr(messages.relname, 8)
                              and attempts.relnamespace = 'public'::regnamespace and attempts.relkind = 'r'
        where to_date(right(messages.relname, 8), 'YYYYMMDD') + classes.step + classes.days < today
    loop
        begin
            execute format('select exists (select from %I where next_attempt_at is not null)', expired.messages) into waiting;
            if not waiting then
                execute format('drop table %I, %I', expired.messages, expired.attempts);
                dropped := dropped + 1;
            end if;
        exception when lock_not_available then
            postponed := true;
            return;
        end;
    end loop;
end
$$;
revoke execute on function maintain_partitions(timestamptz) from public;

-- Usage, plans, idempotency, API keys ---------------------------------------------------------------------------------------------

create table organization_plan (
    organization_id text primary key,
    plan text not null default 'free' check (plan in ('free', 'pro', 'enterprise')),
    -- Limits that differ from the plan's, by their name: {"messagesPerMonth": 150}.
    overrides jsonb not null default '{}',
    updated_at timestamptz not null default now()
);

create table usage (
    organization_id text not null,
    metric text not null,
    -- First moment of the month, UTC.
    period_start timestamptz not null,
    used bigint not null,
    -- The limit in force when the row was last written; the publishing statement compares against it.
    quota bigint not null,
    primary key (organization_id, metric, period_start)
);

create table idempotency_key (
    organization_id text not null,
    route text not null,
    key text not null,
    -- SHA-256 of what was asked: method, path and body.
    request_hash bytea not null,
    status smallint not null,
    content_type text not null,
    headers jsonb not null default '{}',
    body bytea not null,
    created_at timestamptz not null default now(),
    expires_at timestamptz not null,
    primary key (organization_id, route, key)
);
create index idempotency_key_expires_at_idx on idempotency_key (expires_at);

create table api_key_scope (
    api_key_id text primary key,
    organization_id text not null,
    -- Null: every project of the organization.
    project_ids uuid[]
);
create index api_key_scope_organization_id_idx on api_key_scope (organization_id);

-- Row-level security: two locks, since services filter explicitly as well ------------------------------------------------------------

do $$
declare
    name text;
begin
    foreach name in array array['project', 'queue', 'message', 'delivery_attempt', 'organization_plan', 'usage', 'idempotency_key', 'api_key_scope'] loop
        execute format('alter table %I enable row level security', name);
        execute format('alter table %I force row level security', name);
        execute format($policy$create policy %I on %I to mainstay_app
            using (organization_id = current_setting('app.organization_id', true))
            with check (organization_id = current_setting('app.organization_id', true))$policy$, name || '_tenant', name);
        execute format('create policy %I on %I to mainstay_system using (true) with check (true)', name || '_system', name);
        execute format('grant select, insert, update, delete on %I to mainstay_app, mainstay_system', name);
    end loop;
end
$$;
-- An organization reads its plan; changing it is the operator's.
revoke insert, update, delete on organization_plan from mainstay_app;
grant execute on function maintain_partitions(timestamptz) to mainstay_system;
grant execute on function uuidv7_lower_bound(timestamptz) to mainstay_app, mainstay_system;

-- Tells the servers, as it commits, that something they may have cached of an organization has changed. The argument names the column
-- that holds the organization.
create function notify_change() returns trigger
    language plpgsql
    as $$
begin
    if tg_op <> 'INSERT' then
        perform pg_notify('mainstay_changes', to_jsonb(old) ->> tg_argv[0]);
    end if;
    -- The same text twice in a transaction is one notification; a row that changes hands has two.
    if tg_op <> 'DELETE' then
        perform pg_notify('mainstay_changes', to_jsonb(new) ->> tg_argv[0]);
    end if;
    return null;
end
$$;

create trigger project_notify after update or delete on project
    for each row execute function notify_change('organization_id');
create trigger queue_notify after update or delete on queue
    for each row execute function notify_change('organization_id');
create trigger organization_plan_notify after insert or update or delete on organization_plan
    for each row execute function notify_change('organization_id');
create trigger api_key_scope_notify after insert or update or delete on api_key_scope
    for each row execute function notify_change('organization_id');

-- The outbox of BullMQOutbox: programs of one organization may add to it but see nothing in it ------------------------------------------

create table bullmq_outbox (
    id uuid primary key,
    queue text not null,
    name text not null,
    job_id text not null,
    data bytea not null,
    options jsonb not null,
    due_at timestamptz,
    created_at timestamptz not null default now()
);
grant insert on bullmq_outbox to mainstay_app;
grant select, insert, update, delete on bullmq_outbox to mainstay_system;
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
