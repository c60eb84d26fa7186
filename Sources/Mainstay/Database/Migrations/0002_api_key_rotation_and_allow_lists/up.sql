-- parents: 0001_initial

create table api_key_former (
    key_hash text not null,
    api_key_id text not null,
    owner_id text not null,
    ends_at timestamptz not null,
    created_at timestamptz default now() not null,
    constraint api_key_former_pkey primary key (key_hash)
);
create table api_key_allow_list (
    api_key_id text not null,
    owner_id text not null,
    addresses text[] not null,
    updated_at timestamptz default now() not null,
    constraint api_key_allow_list_pkey primary key (api_key_id)
);

create index api_key_former_api_key_id_idx on api_key_former using btree (api_key_id);
create index api_key_former_owner_id_idx on api_key_former using btree (owner_id);
create index api_key_allow_list_owner_id_idx on api_key_allow_list using btree (owner_id);

grant select, insert, update, delete on api_key_former to mainstay_app, mainstay_system;
grant select, insert, update, delete on api_key_allow_list to mainstay_app, mainstay_system;

create or replace trigger api_key_former_notify after insert or update or delete on api_key_former
    for each row execute function notify_change('owner_id');
create or replace trigger api_key_allow_list_notify after insert or update or delete on api_key_allow_list
    for each row execute function notify_change('owner_id');
