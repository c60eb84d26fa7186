-- parents: none

do $$
declare
    name text;
    -- Before 16 a member may always act as the role; since then that is a permission of its own.
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
                        using hint = 'Run as an administrator: create role mainstay_app nologin; create role mainstay_system nologin; grant mainstay_app, mainstay_system to '
                                  || quote_ident(current_user) || ';';
            end;
        end if;
        if not pg_has_role(current_user, name, wanted) then
            begin
                execute format('grant %I to %I', name, current_user);
            exception
                when unique_violation or sqlstate 'XX000' then null;  -- granted in another database at this moment
                when insufficient_privilege then
                    raise exception 'the role "%" may not act as "%"', current_user, name
                        using hint = 'Run as an administrator: grant mainstay_app, mainstay_system to '
                                  || quote_ident(current_user) || ';';
            end;
        end if;
    end loop;
end
$$;

create type message_state as enum ('scheduled', 'queued', 'delivering', 'retrying', 'delivered', 'failed', 'canceled');

create table project (
    id uuid not null,
    organization_id text not null,
    name text not null,
    slug text not null,
    created_at timestamptz default now() not null,
    updated_at timestamptz default now() not null,
    constraint project_pkey primary key (id),
    constraint project_slug_key unique (organization_id, slug)
);
create table queue (
    id uuid not null,
    organization_id text not null,
    project_id uuid not null,
    name text not null,
    destination_url text not null,
    signing_secret bytea not null,
    retry jsonb not null,
    timeout_ms int4 not null,
    created_at timestamptz default now() not null,
    updated_at timestamptz default now() not null,
    constraint queue_pkey primary key (id),
    constraint queue_name_key unique (project_id, name),
    constraint queue_timeout_ms_check check (timeout_ms between 1 and 300000)
);
create table message (
    id uuid not null,
    retention_days int2 not null,
    organization_id text not null,
    project_id uuid not null,
    queue_id uuid not null,
    state message_state not null,
    content_type text not null,
    payload_encoding text not null,
    payload bytea not null,
    retry jsonb not null,
    scheduled_for timestamptz,
    traceparent text,
    next_attempt_at timestamptz,
    attempt_count int4 default 0 not null,
    updated_at timestamptz default now() not null,
    finished_at timestamptz,
    tracestate text,
    constraint message_pkey primary key (id, retention_days),
    constraint message_payload_encoding_check check (payload_encoding in ('json', 'base64')),
    constraint message_due_until_final_check check ((next_attempt_at is null) = (state = any(ARRAY['delivered', 'failed', 'canceled']::message_state[]::message_state[])))
) partition by list (retention_days);
create table message_r7 partition of message for values in (7) partition by range (id);
create table message_r7_default partition of message_r7 default;
create table message_r30 partition of message for values in (30) partition by range (id);
create table message_r30_default partition of message_r30 default;
create table message_r90 partition of message for values in (90) partition by range (id);
create table message_r90_default partition of message_r90 default;
create table message_r400 partition of message for values in (400) partition by range (id);
create table message_r400_default partition of message_r400 default;
create table delivery_attempt (
    message_id uuid not null,
    retention_days int2 not null,
    number int4 not null,
    organization_id text not null,
    started_at timestamptz not null,
    duration_us int8 not null,
    status int2,
    error text,
    error_detail text,
    response_body bytea,
    response_truncated bool default false not null,
    dns_us int8 default 0 not null,
    connect_us int8 default 0 not null,
    tls_us int8 default 0 not null,
    first_byte_us int8 default 0 not null,
    constraint delivery_attempt_pkey primary key (message_id, number, retention_days)
) partition by list (retention_days);
create table delivery_attempt_r7 partition of delivery_attempt for values in (7) partition by range (message_id);
create table delivery_attempt_r7_default partition of delivery_attempt_r7 default;
create table delivery_attempt_r30 partition of delivery_attempt for values in (30) partition by range (message_id);
create table delivery_attempt_r30_default partition of delivery_attempt_r30 default;
create table delivery_attempt_r90 partition of delivery_attempt for values in (90) partition by range (message_id);
create table delivery_attempt_r90_default partition of delivery_attempt_r90 default;
create table delivery_attempt_r400 partition of delivery_attempt for values in (400) partition by range (message_id);
create table delivery_attempt_r400_default partition of delivery_attempt_r400 default;
create table organization_plan (
    organization_id text not null,
    plan text default 'free' not null,
    overrides jsonb default '{}' not null,
    updated_at timestamptz default now() not null,
    constraint organization_plan_pkey primary key (organization_id),
    constraint organization_plan_plan_check check (plan in ('free', 'pro', 'enterprise'))
);
create table usage (
    organization_id text not null,
    metric text not null,
    period_start timestamptz not null,
    used int8 not null,
    quota int8 not null,
    constraint usage_pkey primary key (organization_id, metric, period_start)
);
create table idempotency_key (
    organization_id text not null,
    route text not null,
    key text not null,
    request_hash bytea not null,
    status int2 not null,
    content_type text not null,
    headers jsonb default '{}' not null,
    body bytea not null,
    created_at timestamptz default now() not null,
    expires_at timestamptz not null,
    constraint idempotency_key_pkey primary key (organization_id, route, key)
);
create table api_key_scope (
    api_key_id text not null,
    organization_id text not null,
    project_ids uuid[],
    constraint api_key_scope_pkey primary key (api_key_id)
);
create table bullmq_outbox (
    id uuid not null,
    queue text not null,
    name text not null,
    job_id text not null,
    data bytea not null,
    options jsonb not null,
    due_at timestamptz,
    created_at timestamptz default now() not null,
    constraint bullmq_outbox_pkey primary key (id)
);
create table if not exists "user" (
    id text not null,
    name text not null,
    email text not null,
    "emailVerified" bool not null,
    image text,
    "createdAt" timestamptz default current_timestamp not null,
    "updatedAt" timestamptz default current_timestamp not null,
    role text,
    banned bool,
    "banReason" text,
    "banExpires" timestamptz,
    "twoFactorEnabled" bool,
    constraint user_pkey primary key (id),
    constraint user_email_key unique (email)
);
create table if not exists session (
    id text not null,
    token text not null,
    "userId" text not null,
    "expiresAt" timestamptz not null,
    "createdAt" timestamptz default current_timestamp not null,
    "updatedAt" timestamptz not null,
    "ipAddress" text,
    "userAgent" text,
    "activeOrganizationId" text,
    "impersonatedBy" text,
    "activeTeamId" text,
    constraint session_pkey primary key (id),
    constraint session_token_key unique (token),
    constraint "session_userId_fkey" foreign key ("userId") references "user" (id) on delete cascade
);
create table if not exists account (
    id text not null,
    "accountId" text not null,
    "providerId" text not null,
    "userId" text not null,
    "accessToken" text,
    "refreshToken" text,
    "idToken" text,
    "accessTokenExpiresAt" timestamptz,
    "refreshTokenExpiresAt" timestamptz,
    scope text,
    password text,
    "createdAt" timestamptz default current_timestamp not null,
    "updatedAt" timestamptz not null,
    constraint account_pkey primary key (id),
    constraint "account_userId_fkey" foreign key ("userId") references "user" (id) on delete cascade
);
create table if not exists verification (
    id text not null,
    identifier text not null,
    value text not null,
    "expiresAt" timestamptz not null,
    "createdAt" timestamptz default current_timestamp not null,
    "updatedAt" timestamptz default current_timestamp not null,
    constraint verification_pkey primary key (id)
);
create table if not exists organization (
    id text not null,
    name text not null,
    slug text not null,
    logo text,
    "createdAt" timestamptz not null,
    metadata text,
    constraint organization_pkey primary key (id),
    constraint organization_slug_key unique (slug)
);
create table if not exists member (
    id text not null,
    "organizationId" text not null,
    "userId" text not null,
    role text not null,
    "createdAt" timestamptz not null,
    constraint member_pkey primary key (id),
    constraint "member_organizationId_fkey" foreign key ("organizationId") references organization (id) on delete cascade,
    constraint "member_userId_fkey" foreign key ("userId") references "user" (id) on delete cascade
);
create table if not exists invitation (
    id text not null,
    "organizationId" text not null,
    email text not null,
    role text,
    status text not null,
    "expiresAt" timestamptz not null,
    "createdAt" timestamptz default current_timestamp not null,
    "inviterId" text not null,
    "teamId" text,
    constraint invitation_pkey primary key (id),
    constraint "invitation_organizationId_fkey" foreign key ("organizationId") references organization (id) on delete cascade,
    constraint "invitation_inviterId_fkey" foreign key ("inviterId") references "user" (id) on delete cascade
);
create table if not exists "organizationRole" (
    id text not null,
    "organizationId" text not null,
    role text not null,
    permission text not null,
    "createdAt" timestamptz default current_timestamp not null,
    "updatedAt" timestamptz,
    constraint "organizationRole_pkey" primary key (id),
    constraint "organizationRole_organizationId_fkey" foreign key ("organizationId") references organization (id) on delete cascade
);
create table if not exists team (
    id text not null,
    name text not null,
    "memberCount" int4 not null,
    "organizationId" text not null,
    "createdAt" timestamptz not null,
    "updatedAt" timestamptz,
    constraint team_pkey primary key (id),
    constraint "team_organizationId_fkey" foreign key ("organizationId") references organization (id) on delete cascade
);
create table if not exists "teamMember" (
    id text not null,
    "teamId" text not null,
    "userId" text not null,
    "membershipKey" text,
    "createdAt" timestamptz,
    constraint "teamMember_pkey" primary key (id),
    constraint "teamMember_membershipKey_key" unique ("membershipKey"),
    constraint "teamMember_teamId_fkey" foreign key ("teamId") references team (id) on delete cascade,
    constraint "teamMember_userId_fkey" foreign key ("userId") references "user" (id) on delete cascade
);
create table if not exists "twoFactor" (
    id text not null,
    secret text not null,
    "backupCodes" text not null,
    "userId" text not null,
    verified bool,
    "failedVerificationCount" int4,
    "lockedUntil" timestamptz,
    constraint "twoFactor_pkey" primary key (id),
    constraint "twoFactor_userId_fkey" foreign key ("userId") references "user" (id) on delete cascade
);
create table if not exists jwks (
    id text not null,
    "publicKey" text not null,
    "privateKey" text not null,
    "createdAt" timestamptz not null,
    "expiresAt" timestamptz,
    alg text,
    crv text,
    constraint jwks_pkey primary key (id)
);
create table if not exists apikey (
    id text not null,
    "configId" text not null,
    name text,
    start text,
    "referenceId" text not null,
    prefix text,
    key text not null,
    "refillInterval" int4,
    "refillAmount" int4,
    "lastRefillAt" timestamptz,
    enabled bool,
    "rateLimitEnabled" bool,
    "rateLimitTimeWindow" int4,
    "rateLimitMax" int4,
    "requestCount" int4,
    remaining int4,
    "lastRequest" timestamptz,
    "expiresAt" timestamptz,
    "createdAt" timestamptz not null,
    "updatedAt" timestamptz not null,
    permissions text,
    metadata text,
    constraint apikey_pkey primary key (id)
);

create index queue_organization_id_idx on queue using btree (organization_id);
create index message_due_idx on message using btree (next_attempt_at, id) where next_attempt_at is not null;
create index idempotency_key_expires_at_idx on idempotency_key using btree (expires_at);
create index api_key_scope_organization_id_idx on api_key_scope using btree (organization_id);
create index if not exists "session_userId_idx" on session using btree ("userId");
create index if not exists "account_userId_idx" on account using btree ("userId");
create index if not exists verification_identifier_idx on verification using btree (identifier);
create index if not exists "member_organizationId_idx" on member using btree ("organizationId");
create index if not exists "member_userId_idx" on member using btree ("userId");
create index if not exists "invitation_organizationId_idx" on invitation using btree ("organizationId");
create index if not exists invitation_email_idx on invitation using btree (email);
create index if not exists "organizationRole_organizationId_idx" on "organizationRole" using btree ("organizationId");
create index if not exists "organizationRole_role_idx" on "organizationRole" using btree (role);
create index if not exists "team_organizationId_idx" on team using btree ("organizationId");
create index if not exists "teamMember_teamId_idx" on "teamMember" using btree ("teamId");
create index if not exists "teamMember_userId_idx" on "teamMember" using btree ("userId");
create index if not exists "twoFactor_secret_idx" on "twoFactor" using btree (secret);
create index if not exists "twoFactor_userId_idx" on "twoFactor" using btree ("userId");
create index if not exists "apikey_configId_idx" on apikey using btree ("configId");
create index if not exists "apikey_referenceId_idx" on apikey using btree ("referenceId");
create index if not exists apikey_key_idx on apikey using btree (key);

alter table queue add constraint queue_project_id_fkey foreign key (project_id) references project (id);

alter table project enable row level security;
alter table project force row level security;
alter table queue enable row level security;
alter table queue force row level security;
alter table message enable row level security;
alter table message force row level security;
alter table delivery_attempt enable row level security;
alter table delivery_attempt force row level security;
alter table organization_plan enable row level security;
alter table organization_plan force row level security;
alter table usage enable row level security;
alter table usage force row level security;
alter table idempotency_key enable row level security;
alter table idempotency_key force row level security;
alter table api_key_scope enable row level security;
alter table api_key_scope force row level security;

create policy project_tenant on project for all to mainstay_app using (organization_id = current_setting('app.organization_id', true)) with check (organization_id = current_setting('app.organization_id', true));
create policy project_system on project for all to mainstay_system using (true) with check (true);
create policy queue_tenant on queue for all to mainstay_app using (organization_id = current_setting('app.organization_id', true)) with check (organization_id = current_setting('app.organization_id', true));
create policy queue_system on queue for all to mainstay_system using (true) with check (true);
create policy message_tenant on message for all to mainstay_app using (organization_id = current_setting('app.organization_id', true)) with check (organization_id = current_setting('app.organization_id', true));
create policy message_system on message for all to mainstay_system using (true) with check (true);
create policy delivery_attempt_tenant on delivery_attempt for all to mainstay_app using (organization_id = current_setting('app.organization_id', true)) with check (organization_id = current_setting('app.organization_id', true));
create policy delivery_attempt_system on delivery_attempt for all to mainstay_system using (true) with check (true);
create policy organization_plan_tenant on organization_plan for all to mainstay_app using (organization_id = current_setting('app.organization_id', true)) with check (organization_id = current_setting('app.organization_id', true));
create policy organization_plan_system on organization_plan for all to mainstay_system using (true) with check (true);
create policy usage_tenant on usage for all to mainstay_app using (organization_id = current_setting('app.organization_id', true)) with check (organization_id = current_setting('app.organization_id', true));
create policy usage_system on usage for all to mainstay_system using (true) with check (true);
create policy idempotency_key_tenant on idempotency_key for all to mainstay_app using (organization_id = current_setting('app.organization_id', true)) with check (organization_id = current_setting('app.organization_id', true));
create policy idempotency_key_system on idempotency_key for all to mainstay_system using (true) with check (true);
create policy api_key_scope_tenant on api_key_scope for all to mainstay_app using (organization_id = current_setting('app.organization_id', true)) with check (organization_id = current_setting('app.organization_id', true));
create policy api_key_scope_system on api_key_scope for all to mainstay_system using (true) with check (true);

grant usage on schema public to mainstay_app;
grant usage on schema public to mainstay_system;
grant select, insert, update, delete on project to mainstay_app, mainstay_system;
grant select, insert, update, delete on queue to mainstay_app, mainstay_system;
grant select, insert, update, delete on message to mainstay_app, mainstay_system;
grant select, insert, update, delete on delivery_attempt to mainstay_app, mainstay_system;
grant select on organization_plan to mainstay_app;
grant select, insert, update, delete on organization_plan to mainstay_system;
grant select, insert, update, delete on usage to mainstay_app, mainstay_system;
grant select, insert, update, delete on idempotency_key to mainstay_app, mainstay_system;
grant select, insert, update, delete on api_key_scope to mainstay_app, mainstay_system;
grant insert on bullmq_outbox to mainstay_app;
grant select, insert, update, delete on bullmq_outbox to mainstay_system;
grant select, insert, update, delete on "user" to mainstay_app, mainstay_system;
grant select, insert, update, delete on session to mainstay_app, mainstay_system;
grant select, insert, update, delete on account to mainstay_app, mainstay_system;
grant select, insert, update, delete on verification to mainstay_app, mainstay_system;
grant select, insert, update, delete on organization to mainstay_app, mainstay_system;
grant select, insert, update, delete on member to mainstay_app, mainstay_system;
grant select, insert, update, delete on invitation to mainstay_app, mainstay_system;
grant select, insert, update, delete on "organizationRole" to mainstay_app, mainstay_system;
grant select, insert, update, delete on team to mainstay_app, mainstay_system;
grant select, insert, update, delete on "teamMember" to mainstay_app, mainstay_system;
grant select, insert, update, delete on "twoFactor" to mainstay_app, mainstay_system;
grant select, insert, update, delete on jwks to mainstay_app, mainstay_system;
grant select, insert, update, delete on apikey to mainstay_app, mainstay_system;

create or replace function uuidv7_lower_bound(at timestamptz) returns uuid
    language sql immutable strict parallel safe
    as $$ select (lpad(to_hex((extract(epoch from at) * 1000)::bigint), 12, '0') || repeat('0', 20))::uuid $$;
grant execute on function uuidv7_lower_bound(timestamptz) to mainstay_app, mainstay_system;
create or replace function maintain_partitions(at timestamptz default now(), out made integer, out dropped integer, out postponed boolean)
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
grant execute on function maintain_partitions(timestamptz) to mainstay_system;
create or replace function notify_change() returns trigger
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
create or replace trigger project_notify after update or delete on project
    for each row execute function notify_change('organization_id');
create or replace trigger queue_notify after update or delete on queue
    for each row execute function notify_change('organization_id');
create or replace trigger organization_plan_notify after insert or update or delete on organization_plan
    for each row execute function notify_change('organization_id');
create or replace trigger api_key_scope_notify after insert or update or delete on api_key_scope
    for each row execute function notify_change('organization_id');
create or replace trigger apikey_notify after insert or delete or update of "key", "enabled", "expiresAt", "permissions", "referenceId", "configId" on apikey
    for each row execute function notify_change('referenceId');
create or replace trigger organization_notify after delete or update of "name", "slug" on organization
    for each row execute function notify_change('id');
