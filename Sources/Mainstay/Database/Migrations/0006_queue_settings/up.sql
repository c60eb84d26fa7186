-- parents: 0005_interrupted_attempts

create table queue_settings (
    queue_id uuid not null,
    organization_id text not null,
    concurrency int4,
    rate_max int4,
    rate_duration_ms int4,
    is_paused bool default false not null,
    updated_at timestamptz default now() not null,
    constraint queue_settings_pkey primary key (queue_id),
    constraint queue_settings_concurrency_check check (concurrency > 0),
    constraint queue_settings_rate_max_check check (rate_max > 0),
    constraint queue_settings_rate_duration_ms_check check (rate_duration_ms > 0)
);

create index queue_settings_organization_id_idx on queue_settings using btree (organization_id);

alter table queue_settings add constraint queue_settings_queue_id_fkey foreign key (queue_id) references queue (id) on delete cascade;

alter table queue_settings enable row level security;
alter table queue_settings force row level security;

create policy queue_settings_tenant on queue_settings for all to mainstay_app using (organization_id = current_setting('app.organization_id', true)) with check (organization_id = current_setting('app.organization_id', true));
create policy queue_settings_system on queue_settings for all to mainstay_system using (true) with check (true);

grant select, insert, update, delete on queue_settings to mainstay_app, mainstay_system;
