//! What several tests stand on.

use std::{sync::Arc, time::Duration};
use steersman_protocol::Target;
use steersman_testkit::{
    Postgres, TestApp,
    app::{ManualClock, Reply, Setup},
    fault_plugin::Fault,
    postgres::Database,
    sample::fill_shop,
};

/// The target `orders-db` with the sample shop.
pub async fn shop(app: &TestApp) -> (Database, Target) {
    let database = Postgres::shared().await.unwrap().database("shop").await.unwrap();
    fill_shop(&database.connect().await.unwrap(), 0.05).await.unwrap();
    let target = app.add_postgres("orders-db", &database).await;
    (database, target)
}

/// An app with the target `faulty` of the fault plugin, and a clock that stands still.
pub async fn faulty() -> (TestApp, Fault, Target, Arc<ManualClock>) {
    let (fault, clock) = (Fault::new(), Arc::new(ManualClock::new()));
    let app = TestApp::with(Setup {
        plugins: vec![Arc::new(fault.clone())],
        clock: Some(clock.clone()),
        ..Setup::default()
    })
    .await;
    let target = app.add_target("faulty", "fault", serde_json::json!({})).await;
    (app, fault, target, clock)
}

/// All indexes on a table but the primary key, invalid ones marked.
pub async fn indexes(database: &Database, table: &str) -> Vec<String> {
    let sql = format!(
        "SELECT c.relname || CASE WHEN x.indisvalid THEN '' ELSE ' (invalid)' END \
         FROM pg_index x JOIN pg_class c ON c.oid = x.indexrelid \
         WHERE x.indrelid = '{table}'::regclass AND NOT x.indisprimary ORDER BY 1"
    );
    let rows = database.sql(&sql).await.unwrap();
    rows.into_iter()
        .filter_map(|row| row.into_iter().next().flatten())
        .collect()
}

/// The reply is a whole problem document with this status and code.
#[track_caller]
pub fn refused(reply: &Reply, status: u16, code: &str) {
    assert_eq!(reply.told(), (status, code.to_owned()), "{}", reply.text);
    let document = reply.json();
    for member in ["type", "title", "detail", "what", "why", "next"] {
        assert!(document[member].is_string(), "no {member}: {}", reply.text);
    }
}

/// Asks until it is so, at most 20 s.
pub async fn until(what: &str, mut is_so: impl AsyncFnMut() -> bool) {
    for _ in 0..1000 {
        if is_so().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("not within 20 s: {what}");
}
