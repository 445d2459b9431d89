//! Lists and queues must not slow down as tables grow: their statements are answered from an index, in order, without sorting.

use rusqlite::Connection;

use crate::dialect::Dialect;

fn plan(sql: &str) -> String {
    let connection = Connection::open_in_memory().unwrap();
    connection.execute_batch(&Dialect::Sqlite.migration(include_str!("../../migrations/0001_main_job.sql"))).unwrap();
    let mut statement = connection.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
    let mut rows = statement.raw_query();
    let mut plan = String::new();
    while let Some(row) = rows.next().unwrap() {
        plan += &row.get::<_, String>(3).unwrap();
        plan.push('\n');
    }
    plan
}

#[test]
fn a_page_is_read_from_its_index() {
    let plan = plan(super::deliveries::PAGE);
    assert!(
        plan.contains("SEARCH deliveries USING INDEX deliveries_in_folder (mailbox_id=? AND folder=? AND"),
        "{plan}"
    );
    assert!(!plan.contains("B-TREE"), "no sorting: {plan}");
}

#[test]
fn the_next_job_is_read_from_its_index() {
    for sql in [super::jobs::NEXT_DUE, Dialect::Sqlite.pick(super::jobs::LEASE)] {
        let plan = plan(sql);
        assert!(plan.contains("INDEX jobs_due (kind=?"), "{plan}");
        assert!(!plan.contains("B-TREE") && !plan.contains("SCAN"), "{plan}");
    }
}
