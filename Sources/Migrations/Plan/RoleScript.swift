/// Makes a role where it is missing. Roles are cluster-wide, and other databases of the cluster may be migrated at this moment, so making
/// or granting one twice is no error.
enum RoleScript {
    static func create(_ role: String) -> String {
        let name = quoted(role)
        return """
            do $$
            begin
                if not exists (select from pg_roles where rolname = \(literal(role))) then
                    begin
                        create role \(name) nologin;
                    exception
                        when duplicate_object or unique_violation then null;
                        when insufficient_privilege then
                            raise exception 'the role "%" may not create roles', current_user
                                using hint = 'Run as an administrator: create role \(escaped(name)) nologin; grant \(escaped(name)) to '
                                          || quote_ident(current_user);
                    end;
                end if;
                -- Before 16 a member may always act as the role; since then that is a permission of its own.
                if not pg_has_role(current_user, \(literal(role)),
                                   case when current_setting('server_version_num')::int >= 160000 then 'SET' else 'MEMBER' end) then
                    begin
                        grant \(name) to current_user;
                    exception
                        when unique_violation or sqlstate 'XX000' then null;
                        when insufficient_privilege then
                            raise exception 'the role "%" may not act as "%"', current_user, \(literal(role))
                                using hint = 'Run as an administrator: grant \(escaped(name)) to ' || quote_ident(current_user);
                    end;
                end if;
            end
            $$
            """
    }

    /// Inside a string literal.
    private static func escaped(_ text: String) -> String { text.replacing("'", with: "''") }
}
