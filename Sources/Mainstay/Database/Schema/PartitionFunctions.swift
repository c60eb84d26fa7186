import TypedSQL

/// The functions that keep the partitions of messages and attempts.
enum PartitionFunctions {
    static let all = [lowerBound, maintenance]

    /// The least UUIDv7 of a moment.
    private static let lowerBound = SQLObject(
        "function.uuidv7_lower_bound",
        create: """
            create or replace function uuidv7_lower_bound(at timestamptz) returns uuid
                language sql immutable strict parallel safe
                as $$ select (lpad(to_hex((extract(epoch from at) * 1000)::bigint), 12, '0') || repeat('0', 20))::uuid $$;
            grant execute on function uuidv7_lower_bound(timestamptz) to \(DatabaseRole.app), \(DatabaseRole.system)
            """,
        drop: "drop function uuidv7_lower_bound(timestamptz)")

    /// Makes the partitions of today and the week ahead and drops those past their retention in which nothing waits any more.
    /// Runs as the owner of the tables, which the application's roles are not.
    ///
    /// Attaching and dropping lock the parent, and whoever comes after a waiting lock waits too: so nothing waits long here. When another
    /// transaction is in the way, the rest is "postponed" to the next run, a week ahead of need.
    private static let maintenance = SQLObject(
        "function.maintain_partitions",
        create: """
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
            grant execute on function maintain_partitions(timestamptz) to \(DatabaseRole.system)
            """,
        drop: "drop function maintain_partitions(timestamptz)", dependsOn: [lowerBound.id])
}
