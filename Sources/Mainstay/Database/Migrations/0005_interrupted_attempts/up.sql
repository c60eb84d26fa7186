-- parents: 0004_one_role_of_a_name

alter table message add column interrupted_count int4 default 0 not null;
