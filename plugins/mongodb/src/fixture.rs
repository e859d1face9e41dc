//! A database of its own with both handles, for tests of what only the runtime may do.

use crate::{
    MongoDb, Reader, Writer,
    connection::{Dialer, Done, Steps},
    settings::Settings,
};
use bson::{Document, doc};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};
use steersman_testkit::{
    self as testkit,
    mongodb::{Address, PASSWORD, Shared, USER},
};
use steersman_toolkit::{
    CancellationToken, Change, Cx, ExposeSecret, Handover, Plugin, Progress, SecretString, TakeSecret, async_trait,
    protocol::{Limits, Plan, Problem, Receipt, TargetRef, Verification},
};

pub(crate) struct Fixture {
    pub address: Address,
    pub database: String,
    pub reader: Reader,
    pub writer: Writer,
    pub cx: Cx,
    pub progress: Arc<Mutex<Vec<String>>>,
    pub handed_over: Kept,
    _shared: Option<Shared>,
}

/// An idempotency key as the runtime makes them.
pub(crate) const KEY: &str = "01890a5d-ac96-774b-bcce-b302099a8057";

/// Secrets that were left, by label.
#[derive(Clone, Default)]
pub(crate) struct Kept(pub Arc<Mutex<Vec<(String, String)>>>);

#[async_trait]
impl TakeSecret for Kept {
    async fn take(&self, label: &str, secret: &SecretString) -> Result<(), Problem> {
        self.0
            .lock()
            .unwrap()
            .push((label.to_owned(), secret.expose_secret().to_owned()));
        Ok(())
    }
}

impl Fixture {
    /// An empty database on the server that the tests share.
    pub(crate) async fn open() -> Self {
        let shared = testkit::MongoDb::shared().await.unwrap();
        let mut fixture = Self::on(shared.address());
        fixture._shared = Some(shared);
        fixture
    }

    pub(crate) fn on(address: &Address) -> Self {
        Self::as_user(address, address.fresh_database("changes"), USER, PASSWORD, "admin")
    }

    pub(crate) fn as_user(address: &Address, database: String, user: &str, password: &str, source: &str) -> Self {
        let settings = json!({
            "hosts": address.hosts().join(","), "replica_set": address.replica_set(), "database": database, "user": user,
            "auth_source": source
        });
        let settings = Settings::parse(&MongoDb.check_settings(&settings).unwrap()).unwrap();
        let dialer = Arc::new(Dialer::new(&settings, Some(&password.to_owned().into())).unwrap());
        let (progress, handed_over) = (Arc::new(Mutex::new(Vec::new())), Kept::default());
        let lines = progress.clone();
        Self {
            address: address.clone(),
            database,
            reader: Reader::new(dialer.clone(), settings),
            writer: Writer::new(dialer),
            cx: Cx {
                target: TargetRef {
                    id: KEY.parse().unwrap(),
                    name: "orders-db".to_owned(),
                    plugin: "mongodb".to_owned(),
                    environment: "production".to_owned(),
                    revision: 1,
                },
                now: "2026-01-01T00:00:00Z".parse().unwrap(),
                limits: Limits::default(),
                cancel: CancellationToken::new(),
                progress: Progress::new(move |line| lines.lock().unwrap().push(line.to_owned())),
                handover: Handover::to(handed_over.clone()),
            },
            progress,
            handed_over,
            _shared: None,
        }
    }

    pub(crate) async fn run(&self, command: Document) -> Document {
        self.address.run(&self.database, command).await.unwrap()
    }

    /// A collection `orders` with this many documents and an index `by_customer`.
    pub(crate) async fn with_orders(number: i32) -> Self {
        let fixture = Self::open().await;
        fixture.fill("orders", number).await;
        let index = doc! { "key": { "customer_id": 1 }, "name": "by_customer" };
        fixture
            .run(doc! { "createIndexes": "orders", "indexes": [index] })
            .await;
        fixture
    }

    pub(crate) async fn fill(&self, collection: &str, number: i32) {
        let all: Vec<i32> = (0..number).collect();
        for some in all.chunks(10_000) {
            let documents: Vec<Document> = some
                .iter()
                .map(|n| doc! { "_id": n, "customer_id": n % 100, "status": if n % 10 == 0 { "open" } else { "done" }, "total": n * 3 })
                .collect();
            self.run(doc! { "insert": collection, "documents": documents }).await;
        }
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

    /// Carries the plan's steps out, as a change without anything special does.
    pub(crate) async fn carry_out(&self, plan: &Plan) -> Result<Done, Problem> {
        let steps = Steps {
            plan,
            steps: &plan.steps,
            key: KEY,
            secret: None,
            watch: None,
        };
        self.writer.run(&self.cx, steps).await
    }

    pub(crate) async fn verify<C>(&self, change: &C, plan: &Plan, receipt: Option<&Receipt>) -> Verification
    where
        C: Change<Reader = Reader>,
    {
        change.verify(&self.cx, &self.reader, plan, receipt).await.unwrap()
    }

    pub(crate) async fn holds<C>(&self, change: &C, plan: &Plan) -> bool
    where
        C: Change<Reader = Reader>,
    {
        matches!(self.verify(change, plan, None).await, Verification::Holds { .. })
    }
}
