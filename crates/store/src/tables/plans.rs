//! What is asked often must not slow down as tables grow: on both engines, with many rows and what the engine has learnt of them, each of these
//! statements finds its rows by an index, and pages and queues come from theirs in order, without sorting.

use rusqlite::Connection;
use tokio_postgres::{NoTls, SimpleQueryMessage};

use super::{
    blobs, bounces, deliveries, destinations, jobs, mailboxes, outgoing, sessions, sts_policies, threads, throttles,
};
use crate::{dialect::Dialect, migrations::MIGRATIONS, testing::PostgresServer};

/// Rows in each table.
const ROWS: u32 = 20_000;

/// A statement that is run for every message, page or mail.
struct Hot {
    name: &'static str,
    /// For SQLite and PostgreSQL.
    sql: [&'static str; 2],
    /// Values for its parameters. `ID` stands for an id that is there.
    values: &'static [&'static str],
    /// The indexes it uses, as SQLite and PostgreSQL call them.
    indexes: [&'static [&'static str]; 2],
}

const HOT: &[Hot] = &[
    Hot {
        name: "lease of jobs",
        sql: jobs::LEASE,
        values: &["'deliver'", "5000", "90000", "32"],
        indexes: [&["INDEX jobs_due (kind=? AND due_at<?)"], &["jobs_due", "jobs_pkey"]],
    },
    Hot {
        name: "lease of mail that is due",
        sql: jobs::LEASE,
        values: &["'send-world'", "5000", "90000", "32"],
        indexes: [&["INDEX jobs_due (kind=? AND due_at<?)"], &["jobs_due", "jobs_pkey"]],
    },
    Hot {
        name: "lease from a lane",
        sql: jobs::LEASE_FROM_LANE,
        values: &["'send-world'", "5000", "90000", "32", "'kunde7.example'"],
        indexes: [&["INDEX jobs_by_lane (kind=? AND lane=? AND due_at<?)"], &["jobs_by_lane", "jobs_pkey"]],
    },
    Hot {
        name: "lanes with due mail",
        sql: [jobs::LANES; 2],
        values: &["'send-world'", "'kunde7.example'", "500"],
        indexes: [
            &["INDEX jobs_by_lane (kind=? AND lane>?)", "INDEX jobs_by_lane (kind=? AND lane=?)"],
            &["jobs_by_lane"],
        ],
    },
    Hot {
        name: "what is known of a domain",
        sql: [destinations::FIND; 2],
        values: &["'kunde7.example'"],
        indexes: [&["sqlite_autoindex_destinations_1 (domain=?)"], &["destinations_pkey"]],
    },
    Hot {
        name: "exception for a domain",
        sql: [destinations::EXCEPTION; 2],
        values: &["'kunde7.example'", "5000"],
        indexes: [&["INDEX exceptions_of_domain (domain=? AND until_at>?)"], &["exceptions_of_domain"]],
    },
    Hot {
        name: "policy of a domain",
        sql: [sts_policies::FIND; 2],
        values: &["'kunde7.example'", "5000"],
        indexes: [&["sqlite_autoindex_sts_policies_1 (domain=?)"], &["sts_policies_pkey"]],
    },
    Hot {
        name: "next due",
        sql: [jobs::NEXT_DUE; 2],
        values: &["'send-world'"],
        indexes: [&["INDEX jobs_due (kind=?)"], &["jobs_due"]],
    },
    Hot {
        name: "page of a folder",
        sql: [deliveries::PAGE; 2],
        values: &["ID", "'inbox'", "15000", "ID", "50"],
        indexes: [&["INDEX deliveries_in_folder (mailbox_id=? AND folder=? AND"], &["deliveries_in_folder"]],
    },
    Hot {
        name: "page of a folder, upwards",
        sql: [deliveries::PAGE_AFTER; 2],
        values: &["ID", "'inbox'", "5000", "ID", "50"],
        indexes: [&["INDEX deliveries_in_folder (mailbox_id=? AND folder=? AND"], &["deliveries_in_folder"]],
    },
    Hot {
        name: "message of a mailbox",
        sql: [deliveries::FIND_IN_MAILBOX; 2],
        values: &["ID", "ID"],
        indexes: [&["sqlite_autoindex_deliveries_1 (id=?)"], &["deliveries_pkey"]],
    },
    Hot {
        name: "mailbox of an address",
        sql: [mailboxes::FIND_BY_ADDRESS; 2],
        values: &["'17@kunde.example'"],
        indexes: [&["sqlite_autoindex_mailboxes_2 (address=?)"], &["mailboxes_address_key"]],
    },
    Hot {
        name: "session of a cookie",
        sql: [sessions::FIND_BY_SELECTOR; 2],
        values: &["ID"],
        indexes: [&["sqlite_autoindex_sessions_2 (selector=?)"], &["sessions_selector_key"]],
    },
    Hot {
        name: "mail to be sent",
        sql: [outgoing::FIND; 2],
        values: &["ID"],
        indexes: [&["sqlite_autoindex_outgoing_1 (id=?)"], &["outgoing_pkey"]],
    },
    Hot {
        name: "mails of a delivery",
        sql: [outgoing::OF_DELIVERY; 2],
        values: &["ID"],
        indexes: [&["INDEX outgoing_of_delivery (delivery_id=?)"], &["outgoing_of_delivery"]],
    },
    Hot {
        name: "what came back about a mail",
        sql: [bounces::OF_OUTGOING; 2],
        values: &["ID"],
        indexes: [&["sqlite_autoindex_bounces_1 (outgoing_id=?)"], &["bounces_pkey"]],
    },
    Hot {
        name: "thread of a message id",
        sql: [threads::FIND; 2],
        values: &["ID"],
        indexes: [&["sqlite_autoindex_threads_1 (message_id_hash=?)"], &["threads_pkey"]],
    },
    Hot {
        name: "failures of a source",
        sql: [throttles::FIND; 2],
        values: &["ID"],
        indexes: [&["sqlite_autoindex_throttles_1 (key=?)"], &["throttles_pkey"]],
    },
    Hot {
        name: "whether content is needed",
        sql: [blobs::IS_NEEDED; 2],
        values: &["ID"],
        indexes: [
            &["messages_of_blob", "deliveries_of_message", "outgoing_of_blob", "sqlite_autoindex_draft_attachments_1"],
            &["messages_of_blob", "deliveries_of_message", "outgoing_of_blob", "draft_attachments_pkey"],
        ],
    },
];

/// The `n`-th id, as an expression.
fn id(dialect: Dialect, n: &str) -> String {
    match dialect {
        Dialect::Sqlite => format!("unhex(printf('%032x', {n}))"),
        Dialect::Postgres => format!("decode(lpad(to_hex({n}), 32, '0'), 'hex')"),
    }
}

/// The schema, [`ROWS`] rows in each table, and what the engine learns of them. One mailbox in a hundred has all the messages.
fn filled(dialect: Dialect) -> String {
    let (n, owner) = (id(dialect, "n"), id(dialect, "n % 100"));
    let rows = format!("WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < {ROWS})");
    let tables = [
        format!(
            "mailboxes (id, address, address_shown, state, language, public_key, created_at, message_at) \
             SELECT {n}, n || '@kunde.example', '', 'active', 'de', {n}, n, n"
        ),
        format!(
            "messages (id, direction, class, decision, reverse_path, envelope, size_bytes, blob_id, accepted_at, deliveries_open) \
             SELECT {n}, 'in', 'special', '', '', '', 1, {n}, n, 0"
        ),
        format!(
            "deliveries (id, message_id, mailbox_id, recipient, state, route, step, folder, data_key_sealed, header_sealed, kept, \
             accepted_at, deposited_at, has_attachments, size_bytes) \
             SELECT {n}, {n}, {owner}, '', 'deposited', '', 0, 'inbox', {n}, {n}, 1, n, n, 0, 1"
        ),
        format!(
            "sessions (id, selector, mailbox_id, sealed, agent, created_at, seen_at, expires_at) SELECT {n}, {n}, {n}, {n}, '', n, n, n"
        ),
        format!(
            "outgoing (id, kind, delivery_id, reverse_path, recipient, destination, options, blob_id, object_id, size_bytes, state, \
             attempts, accepted_at) SELECT {n}, 'notice', {n}, '', '', 'world', '', {n}, {n}, 1, 'queued', 0, n"
        ),
        format!("bounces (outgoing_id, word, at) SELECT {n}, 'failed', n"),
        format!("threads (message_id_hash, mailbox_id, created_at) SELECT {n}, {n}, n"),
        "destinations (domain, level, name_secure, good_in_a_row, held, seen_at) \
         SELECT 'kunde' || n || '.example', 'verified', 0, 3, 1, n"
            .into(),
        format!(
            "exceptions (id, domain, minimum, reason, author, from_at, until_at) \
             SELECT {n}, 'kunde' || n || '.example', 'encrypted', '', '', n, n + 9000"
        ),
        "sts_policies (domain, policy_id, policy, fetched_at, expires_at) SELECT 'kunde' || n || '.example', '1', '', n, n".into(),
        format!("throttles (key, failures, updated_at) SELECT {n}, 1, n"),
        format!("drafts (id, mailbox_id, sealed, created_at, updated_at) SELECT {n}, {n}, {n}, n, n"),
        format!("draft_attachments (blob_id, draft_id, position, sealed, size_bytes) SELECT {n}, {n}, 1, {n}, 1"),
        format!(
            "jobs (id, kind, state, due_at, attempts, created_at, lane) \
             SELECT {n}, CASE n % 3 WHEN 0 THEN 'send-world' ELSE 'deliver' END, 'ready', n, 0, n, \
             CASE n % 3 WHEN 0 THEN 'kunde' || (n / 3 % 1000) || '.example' ELSE '-' END"
        ),
    ];
    let schema: String = MIGRATIONS.iter().map(|migration| dialect.migration(migration.sql) + ";").collect();
    tables.iter().fold(schema, |script, table| format!("{script};{rows} INSERT INTO {table} FROM s")) + "; ANALYZE"
}

/// Whether the statement wants the first of many rows.
fn takes_the_first(sql: &str) -> bool {
    sql.contains("ORDER BY") && sql.contains("LIMIT")
}

fn values(hot: &Hot, dialect: Dialect) -> Vec<String> {
    hot.values.iter().map(|value| value.replace("ID", &id(dialect, "17"))).collect()
}

#[test]
fn what_is_asked_often_uses_an_index_in_sqlite() {
    let connection = Connection::open_in_memory().unwrap();
    connection.execute_batch(&filled(Dialect::Sqlite)).unwrap();
    for hot in HOT {
        let [sql, _] = hot.sql;
        let mut statement = connection.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
        let mut rows = statement.raw_query();
        let mut plan = String::new();
        while let Some(row) = rows.next().unwrap() {
            plan += &row.get::<_, String>(3).unwrap();
            plan.push('\n');
        }
        for index in hot.indexes[0] {
            assert!(plan.contains(index), "{}: {index} is not used:\n{plan}", hot.name);
        }
        // What a statement has made itself can only be walked through.
        let walked = plan.replace("SCAN lanes", "").replace("SCAN CONSTANT ROW", "");
        assert!(!walked.contains("SCAN"), "{}:\n{plan}", hot.name);
        assert!(!takes_the_first(sql) || !plan.contains("B-TREE"), "{} sorts:\n{plan}", hot.name);
    }
}

#[tokio::test]
async fn what_is_asked_often_uses_an_index_in_postgres() {
    let server = PostgresServer::start().unwrap();
    let settings = server.create_database().await.unwrap();
    let (client, connection) = tokio_postgres::connect(&settings.url, NoTls).await.unwrap();
    let look = async {
        client.batch_execute(&filled(Dialect::Postgres)).await.unwrap();
        for (number, hot) in HOT.iter().enumerate() {
            let [_, sql] = hot.sql;
            let values = values(hot, Dialect::Postgres).join(", ");
            let explain = format!("PREPARE s{number} AS {sql}; EXPLAIN EXECUTE s{number}({values})");
            let mut plan = String::new();
            for message in client.simple_query(&explain).await.unwrap() {
                if let SimpleQueryMessage::Row(row) = message {
                    plan += row.get(0).unwrap();
                    plan.push('\n');
                }
            }
            for index in hot.indexes[1] {
                assert!(plan.contains(index), "{}: {index} is not used:\n{plan}", hot.name);
            }
            assert!(!plan.contains("Seq Scan"), "{}:\n{plan}", hot.name);
            assert!(!takes_the_first(sql) || !plan.contains("Sort Key"), "{} sorts:\n{plan}", hot.name);
        }
        drop(client);
    };
    let (connected, ()) = tokio::join!(connection, look);
    connected.unwrap();
}
