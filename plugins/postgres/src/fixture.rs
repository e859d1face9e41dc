//! A database with both handles, for tests of what only the runtime may do.

use crate::{Postgres, Reader, Writer, connection::Dialer, settings::Settings};
use serde_json::{Value, json};
use std::{
    sync::{Arc, Mutex},
    time::Duration,
};
use steersman_testkit::{self as testkit, postgres::Database};
use steersman_toolkit::{
    CancellationToken, Change, Cx, Handover, Plugin, Progress, SecretString, TakeSecret, async_trait,
    protocol::{Limits, Plan, Problem, TargetRef},
};

pub(crate) struct Fixture {
    pub database: Database,
    pub reader: Reader,
    pub writer: Writer,
    pub cx: Cx,
    pub progress: Arc<Mutex<Vec<String>>>,
    pub left: Left,
}

/// What changes left for a person, by label.
#[derive(Clone, Default)]
pub(crate) struct Left(pub Arc<Mutex<Vec<(String, SecretString)>>>);

#[async_trait]
impl TakeSecret for Left {
    async fn take(&self, label: &str, secret: &SecretString) -> Result<(), Problem> {
        self.0.lock().unwrap().push((label.to_owned(), secret.clone()));
        Ok(())
    }
}

/// An idempotency key as the runtime makes them.
pub(crate) const KEY: &str = "01890a5d-ac96-774b-bcce-b302099a8057";

impl Fixture {
    /// An empty database on the process's own server.
    pub(crate) async fn open() -> Self {
        let shared = testkit::Postgres::shared().await.unwrap();
        let database = shared.database("changes").await.unwrap();
        Self::on(shared.server(), database)
    }

    pub(crate) fn on(server: &testkit::Postgres, database: Database) -> Self {
        let settings = json!({
            "host": server.host(), "port": server.port(), "database": database.name, "user": server.user()
        });
        let settings = Settings::parse(&Postgres.check_settings(&settings).unwrap()).unwrap();
        let password = server.password().to_owned().into();
        let dialer = Arc::new(Dialer::new(&settings, Some(&password)).unwrap());
        let progress = Arc::new(Mutex::new(Vec::new()));
        let lines = progress.clone();
        let left = Left::default();
        Self {
            database,
            reader: Reader::new(dialer.clone(), settings),
            writer: Writer::new(dialer),
            cx: Cx {
                target: TargetRef {
                    id: KEY.parse().unwrap(),
                    name: "orders-db".to_owned(),
                    plugin: "postgres".to_owned(),
                    environment: "production".to_owned(),
                    revision: 1,
                },
                now: "2026-01-01T00:00:00Z".parse().unwrap(),
                limits: Limits::default(),
                cancel: CancellationToken::new(),
                progress: Progress::new(move |line| lines.lock().unwrap().push(line.to_owned())),
                handover: Handover::to(left.clone()),
            },
            progress,
            left,
        }
    }

    pub(crate) async fn sql(&self, text: &str) -> Vec<Vec<Option<String>>> {
        self.database.sql(text).await.unwrap()
    }

    /// Plans as the runtime does: twice, and both times the same.
    pub(crate) async fn plan<C>(&self, change: &C, arguments: Value) -> Result<Plan, Problem>
    where
        C: Change<Reader = Reader>,
    {
        let draft = change
            .plan(&self.cx, &self.reader, serde_json::from_value(arguments).unwrap())
            .await?;
        let again = serde_json::from_value(draft.arguments.clone()).unwrap();
        let again = change.plan(&self.cx, &self.reader, again).await?;
        assert_eq!(
            (&draft.steps, &draft.on_failure, &draft.must_hold),
            (&again.steps, &again.on_failure, &again.must_hold)
        );
        assert_eq!(draft.arguments, again.arguments);
        Ok(draft.into_plan(change.declare().name.parse().unwrap(), self.cx.target.clone()))
    }

    /// Asks until it is so, at most 20 s.
    pub(crate) async fn until(&self, sql: &str, expected: &str) {
        for _ in 0..400 {
            if self.sql(sql).await[0][0].as_deref() == Some(expected) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("not within 20 s: {sql}");
    }

    /// A table whose index takes long enough to be disturbed: the function behind the column type's order is slow.
    pub(crate) async fn with_slow_table(&self) {
        self.sql(
            "CREATE FUNCTION slowly(n int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS \
               $$ BEGIN PERFORM pg_sleep(0.01); RETURN n; END $$; \
             CREATE TABLE slow (n int); INSERT INTO slow SELECT generate_series(1, 2000)",
        )
        .await;
    }
}
