/// The outbox table. Put ``sql`` into a migration; the role that enqueues needs `insert`, the one that forwards `select, update, delete`.
public enum OutboxSchema {
    public static let table = "bullmq_outbox"

    public static let sql = """
        create table if not exists bullmq_outbox (
            id uuid primary key,
            queue text not null,
            name text not null,
            job_id text not null,
            data bytea not null,
            options jsonb not null,
            due_at timestamptz,
            created_at timestamptz not null default now()
        );
        """
}
