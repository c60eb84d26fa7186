-- parents: 0003_deleted_organizations
-- lint: allow index-blocks-writes organizationRole

-- Nothing is added while twins are removed and the index is built. The table is small: an organization has at most a hundred roles.
lock table "organizationRole" in share row exclusive mode;

-- Of several roles of one name in one organization, which requests sent at once could make until now, the one that was changed last stays: a
-- permission taken away from it was meant to be gone. An organization that wants another one back makes it again.
delete from "organizationRole" twin using "organizationRole" kept
where kept."organizationId" = twin."organizationId" and kept.role = twin.role
  and (coalesce(kept."updatedAt", kept."createdAt"), kept.id) > (coalesce(twin."updatedAt", twin."createdAt"), twin.id);

create unique index if not exists "organizationRole_organizationId_role_uidx" on "organizationRole" using btree ("organizationId", role);
