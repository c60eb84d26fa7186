/// What is read from the system catalogs: one JSON value a row, `$1` the schemas looked at.
enum CatalogQueries {
    /// Not made by an extension.
    private static func own(_ catalog: String, _ oid: String) -> String {
        "not exists (select from pg_depend d where d.classid = '\(catalog)'::regclass and d.objid = \(oid) and d.deptype = 'e')"
    }

    static let schemas = """
        select json_build_object('name', n.nspname, 'grants', (
            select coalesce(json_agg(json_build_array(case a.grantee when 0 then 'public' else pg_get_userbyid(a.grantee) end, lower(a.privilege_type))), '[]')
            from aclexplode(n.nspacl) a where a.grantee <> n.nspowner and a.grantee <> 0
                and a.grantee <> coalesce((select oid from pg_roles where rolname = 'pg_database_owner'), 0)))::text
        from pg_namespace n where n.nspname = any($1) order by n.nspname
        """

    static let extensions = "select json_build_object('name', extname)::text from pg_extension where extname <> 'plpgsql' order by extname"

    static let enums = """
        select json_build_object('schema', n.nspname, 'name', t.typname, 'labels', (
            select json_agg(enumlabel order by enumsortorder) from pg_enum where enumtypid = t.oid))::text
        from pg_type t join pg_namespace n on n.oid = t.typnamespace
        where t.typtype = 'e' and n.nspname = any($1) and \(own("pg_type", "t.oid")) order by n.nspname, t.typname
        """

    private static let sequenceFields = """
        'type', (select typname from pg_type where oid = s.seqtypid), 'start', s.seqstart::text, 'increment', s.seqincrement::text,
        'minimum', s.seqmin::text, 'maximum', s.seqmax::text, 'cache', s.seqcache::text, 'cycles', s.seqcycle
        """

    /// Those of no identity column.
    static let sequences = """
        select json_build_object('schema', n.nspname, 'name', c.relname, \(sequenceFields))::text
        from pg_sequence s join pg_class c on c.oid = s.seqrelid join pg_namespace n on n.oid = c.relnamespace
        where n.nspname = any($1) and \(own("pg_class", "c.oid"))
            and not exists (select from pg_depend d where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype = 'i')
        order by n.nspname, c.relname
        """

    static let tables = """
        select json_build_object('oid', c.oid::text, 'schema', n.nspname, 'name', c.relname, 'comment', obj_description(c.oid, 'pg_class'),
            'rowSecurity', c.relrowsecurity, 'forced', c.relforcerowsecurity,
            'partitionKey', case c.relkind when 'p' then pg_get_partkeydef(c.oid) end,
            'grants', (
                select coalesce(json_agg(json_build_array(case a.grantee when 0 then 'public' else pg_get_userbyid(a.grantee) end, lower(a.privilege_type))), '[]')
                from aclexplode(c.relacl) a where a.grantee <> c.relowner))::text
        from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where c.relkind in ('r', 'p') and not c.relispartition and n.nspname = any($1) and \(own("pg_class", "c.oid"))
        order by n.nspname, c.relname
        """

    static let columns = """
        select json_build_object('table', a.attrelid::text, 'name', a.attname, 'notNull', a.attnotnull, 'typeSchema', tn.nspname,
            'typeName', case when t.typcategory = 'A' and t.typelem <> 0 then e.typname else t.typname end,
            'isArray', t.typcategory = 'A' and t.typelem <> 0, 'typeText', format_type(a.atttypid, a.atttypmod),
            'default', case a.attgenerated when '' then pg_get_expr(d.adbin, d.adrelid, true) end,
            'generated', case a.attgenerated when '' then null else pg_get_expr(d.adbin, d.adrelid, true) end,
            'collation', case when a.attcollation <> t.typcollation then (select collname from pg_collation where oid = a.attcollation) end,
            'comment', col_description(a.attrelid, a.attnum), 'identity', a.attidentity, 'sequence', (
                select json_build_object(\(sequenceFields)) from pg_sequence s
                join pg_depend p on p.classid = 'pg_class'::regclass and p.objid = s.seqrelid and p.deptype = 'i'
                where p.refclassid = 'pg_class'::regclass and p.refobjid = a.attrelid and p.refobjsubid = a.attnum))::text
        from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace
        join pg_type t on t.oid = a.atttypid left join pg_type e on e.oid = t.typelem
        join pg_namespace tn on tn.oid = t.typnamespace
        left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
        where a.attnum > 0 and not a.attisdropped and c.relkind in ('r', 'p') and not c.relispartition and n.nspname = any($1)
        order by a.attrelid, a.attnum
        """

    private static func columnNames(_ numbers: String, of table: String) -> String {
        """
        (select coalesce(json_agg(a.attname order by k.place), '[]') from unnest(\(numbers)) with ordinality k(number, place)
            join pg_attribute a on a.attrelid = \(table) and a.attnum = k.number)
        """
    }

    /// Of an index `i`: columns that are kept but not part of the key.
    private static let included = """
        (select coalesce(json_agg(a.attname order by k.place), '[]') from unnest(i.indkey::int2[]) with ordinality k(number, place)
            join pg_attribute a on a.attrelid = i.indrelid and a.attnum = k.number where k.place > i.indnkeyatts)
        """

    /// Of an index `i` on `ic`: its elements.
    private static let elements = """
        (select json_agg(json_build_object('isColumn', i.indkey[k - 1] <> 0, 'definition', pg_get_indexdef(i.indexrelid, k, true),
            'column', (select attname from pg_attribute where attrelid = i.indrelid and attnum = i.indkey[k - 1] and attnum <> 0),
            'descending', i.indoption[k - 1] & 1 = 1, 'nullsFirst', i.indoption[k - 1] & 2 = 2,
            'operatorClass', (select case when o.opcdefault then null else o.opcname end from pg_opclass o where o.oid = i.indclass[k - 1]),
            'operator', (select oprname from pg_operator where oid = x.conexclop[k]),
            'collation', (select l.collname from pg_collation l join pg_attribute b on b.attrelid = i.indexrelid and b.attnum = k
                          where l.oid = i.indcollation[k - 1] and l.oid <> b.attcollation
                             or l.oid = i.indcollation[k - 1] and i.indkey[k - 1] <> 0
                                and l.oid <> (select attcollation from pg_attribute where attrelid = i.indrelid and attnum = i.indkey[k - 1])
                          limit 1)
            ) order by k) from generate_series(1, i.indnkeyatts) k)
        """

    static let constraints = """
        select json_build_object('table', x.conrelid::text, 'name', x.conname, 'kind', x.contype,
            'columns', \(columnNames("x.conkey", of: "x.conrelid")),
            'targetSchema', tn.nspname, 'target', tc.relname, 'targetColumns', \(columnNames("x.confkey", of: "x.confrelid")),
            'onUpdate', x.confupdtype, 'onDelete', x.confdeltype, 'match', x.confmatchtype, 'deferrable', x.condeferrable,
            'deferred', x.condeferred, 'validated', x.convalidated, 'noInherit', x.connoinherit,
            'setColumns', (select coalesce(json_agg(a.attname order by k.place), '[]')
                           from jsonb_array_elements_text(case jsonb_typeof(to_jsonb(x) -> 'confdelsetcols') when 'array'
                                then to_jsonb(x) -> 'confdelsetcols' else '[]' end) with ordinality k(number, place)
                           join pg_attribute a on a.attrelid = x.conrelid and a.attnum = k.number::int),
            'expression', case x.contype when 'c' then pg_get_expr(x.conbin, x.conrelid, true) end,
            'include', case when i.indexrelid is null or x.contype = 'f' then '[]'::json else \(included) end,
            'nullsNotDistinct', coalesce((to_jsonb(i) ->> 'indnullsnotdistinct')::bool, false),
            'method', am.amname, 'elements', case x.contype when 'x' then \(elements) end,
            'predicate', case x.contype when 'x' then pg_get_expr(i.indpred, i.indrelid, true) end)::text
        from pg_constraint x join pg_class c on c.oid = x.conrelid join pg_namespace n on n.oid = c.relnamespace
        left join pg_class tc on tc.oid = x.confrelid left join pg_namespace tn on tn.oid = tc.relnamespace
        left join pg_index i on i.indexrelid = x.conindid left join pg_class ic on ic.oid = i.indexrelid left join pg_am am on am.oid = ic.relam
        where x.contype in ('p', 'u', 'f', 'c', 'x') and x.conparentid = 0 and not c.relispartition and n.nspname = any($1)
        order by x.conrelid, x.conname
        """

    static let indexes = """
        select json_build_object('table', i.indrelid::text, 'name', ic.relname, 'unique', i.indisunique, 'valid', i.indisvalid,
            'method', am.amname, 'elements', \(elements), 'include', \(included), 'predicate', pg_get_expr(i.indpred, i.indrelid, true),
            'nullsNotDistinct', coalesce((to_jsonb(i) ->> 'indnullsnotdistinct')::bool, false),
            'parameters', coalesce(to_json(ic.reloptions), '[]'))::text
        from pg_index i join pg_class ic on ic.oid = i.indexrelid join pg_class c on c.oid = i.indrelid
        join pg_namespace n on n.oid = c.relnamespace join pg_am am on am.oid = ic.relam
        left join pg_constraint x on x.conindid = i.indexrelid and x.contype in ('p', 'u', 'x')
        where x.oid is null and c.relkind in ('r', 'p') and not c.relispartition and n.nspname = any($1)
        order by i.indrelid, ic.relname
        """

    static let policies = """
        select json_build_object('table', p.polrelid::text, 'name', p.polname, 'permissive', p.polpermissive, 'command', p.polcmd,
            'roles', (select coalesce(json_agg(pg_get_userbyid(r) order by pg_get_userbyid(r)), '[]') from unnest(p.polroles) r where r <> 0),
            'using', pg_get_expr(p.polqual, p.polrelid, true), 'check', pg_get_expr(p.polwithcheck, p.polrelid, true))::text
        from pg_policy p join pg_class c on c.oid = p.polrelid join pg_namespace n on n.oid = c.relnamespace
        where not c.relispartition and n.nspname = any($1) order by p.polrelid, p.polname
        """

    static let partitions = """
        select json_build_object('oid', c.oid::text, 'parent', h.inhparent::text, 'schema', n.nspname, 'name', c.relname,
            'bounds', pg_get_expr(c.relpartbound, c.oid), 'partitionKey', case c.relkind when 'p' then pg_get_partkeydef(c.oid) end)::text
        from pg_inherits h join pg_class c on c.oid = h.inhrelid join pg_namespace n on n.oid = c.relnamespace
        where c.relispartition and c.relkind in ('r', 'p') and n.nspname = any($1) order by n.nspname, c.relname
        """

    static let functions = """
        select json_build_object('schema', n.nspname, 'name', p.proname, 'arguments', pg_get_function_identity_arguments(p.oid),
            'kind', p.prokind, 'definition', pg_get_functiondef(p.oid), 'grants', (
                select json_agg(distinct case a.grantee when 0 then 'public' else pg_get_userbyid(a.grantee) end)
                from aclexplode(p.proacl) a where a.grantee <> p.proowner), 'hasGrants', p.proacl is not null)::text
        from pg_proc p join pg_namespace n on n.oid = p.pronamespace
        where p.prokind in ('f', 'p') and n.nspname = any($1) and \(own("pg_proc", "p.oid"))
        order by n.nspname, p.proname, pg_get_function_identity_arguments(p.oid)
        """

    static let triggers = """
        select json_build_object('schema', n.nspname, 'table', c.relname, 'name', t.tgname, 'definition', pg_get_triggerdef(t.oid, true))::text
        from pg_trigger t join pg_class c on c.oid = t.tgrelid join pg_namespace n on n.oid = c.relnamespace
        where not t.tgisinternal and t.tgparentid = 0 and n.nspname = any($1) order by n.nspname, c.relname, t.tgname
        """

    static let views = """
        select json_build_object('schema', n.nspname, 'name', c.relname, 'kind', c.relkind, 'definition', pg_get_viewdef(c.oid, true),
            'options', array_to_string(c.reloptions, ', '), 'grants', (
                select coalesce(json_agg(json_build_array(case a.grantee when 0 then 'public' else pg_get_userbyid(a.grantee) end, lower(a.privilege_type))), '[]')
                from aclexplode(c.relacl) a where a.grantee <> c.relowner), 'uses', (
                select coalesce(json_agg(distinct u.relname), '[]') from pg_rewrite r
                join pg_depend d on d.classid = 'pg_rewrite'::regclass and d.objid = r.oid and d.refclassid = 'pg_class'::regclass
                join pg_class u on u.oid = d.refobjid where r.ev_class = c.oid and u.oid <> c.oid))::text
        from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where c.relkind in ('v', 'm') and n.nspname = any($1) and \(own("pg_class", "c.oid")) order by c.oid
        """
}
