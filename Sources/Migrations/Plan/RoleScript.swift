/// Makes roles where they are missing, and lets the owner act as them. Roles are cluster-wide, and other databases of the cluster may be
/// migrated at this moment, so making or granting one twice is no error. An owner who may not make roles finds them made by an
/// administrator.
enum RoleScript {
    static func create(_ roles: [String]) -> String {
        let commands = roles.map { "create role \(quoted($0)) nologin;" }.joined(separator: " ")
        return """
            do $$
            declare
                name text;
                -- Before 16 a member may always act as the role; since then that is a permission of its own.
                wanted constant text := case when current_setting('server_version_num')::int >= 160000 then 'SET' else 'MEMBER' end;
            begin
                foreach name in array array[\(roles.map { literal($0) }.joined(separator: ", "))] loop
                    if not exists (select from pg_roles where rolname = name) then
                        begin
                            execute format('create role %I nologin', name);
                        exception
                            when duplicate_object or unique_violation then null;
                            when insufficient_privilege then
                                raise exception 'the role "%" may not create roles', current_user
                                    using hint = \(literal("Run as an administrator: \(commands) grant \(quoted(roles)) to "))
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
                                    using hint = \(literal("Run as an administrator: grant \(quoted(roles)) to "))
                                              || quote_ident(current_user) || ';';
                        end;
                    end if;
                end loop;
            end
            $$
            """
    }
}
