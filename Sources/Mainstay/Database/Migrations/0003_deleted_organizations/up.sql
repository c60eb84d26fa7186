-- parents: 0002_api_key_rotation_and_allow_lists

create table deleted_organization (
    id text not null,
    deleted_at timestamptz default now() not null,
    emptied_at timestamptz,
    constraint deleted_organization_pkey primary key (id)
);

grant select, insert, update, delete on deleted_organization to mainstay_system;

create or replace function note_deleted_organization() returns trigger
    language plpgsql security definer set search_path = public, pg_temp
    as $$
begin
    insert into deleted_organization (id) values (old.id) on conflict do nothing;
    return null;
end
$$;
create or replace trigger organization_deleted after delete on organization
    for each row execute function note_deleted_organization();
