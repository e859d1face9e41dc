//! A database of MongoDB: a collection, an index, a user of its own with the planted password, two other users, and,
//! where it is asked for, somebody's operation that runs on.

use super::world::{planted, until};
use bson::{Bson, Document, doc};
use serde_json::{Value, json};
use steersman_testkit::mongodb::{MongoDb, Shared};

pub struct Collections {
    shared: Shared,
    pub name: String,
    pub password: String,
    /// Of the operation that runs on, 0 without one.
    pub opid: i64,
    victim: Option<tokio::task::JoinHandle<()>>,
}

impl Collections {
    pub async fn open(has_victim: bool) -> Self {
        let shared = MongoDb::shared().await.expect("a MongoDB");
        let name = shared.address().fresh_database("contract");
        let mut opened = Self {
            shared,
            name,
            password: planted(),
            opid: 0,
            victim: None,
        };
        let things: Vec<Document> = (0..200)
            .map(|n| doc! { "_id": n, "owner_id": n % 50, "label": n })
            .collect();
        opened.run(doc! { "insert": "things", "documents": things }).await;
        let index = doc! { "key": { "label": 1 }, "name": "by_label" };
        opened.run(doc! { "createIndexes": "things", "indexes": [index] }).await;
        for user in ["reader", "leaver"] {
            opened
                .run(doc! { "createUser": user, "pwd": "not planted", "roles": ["read"] })
                .await;
        }
        let keeper = doc! { "createUser": opened.keeper(), "pwd": &opened.password, "roles": ["root"] };
        opened.on("admin", keeper).await;
        if has_victim {
            opened.start_victim().await;
        }
        opened
    }

    pub fn target_name(&self) -> String {
        self.name.replace('_', "-")
    }

    pub fn settings(&self) -> Value {
        let address = self.shared.address();
        json!({
            "hosts": address.hosts().join(","), "replica_set": address.replica_set(), "database": self.name,
            "user": self.keeper(), "auth_source": "admin", "password": self.password
        })
    }

    /// Without the limit of the profiler, which is one for the whole server.
    pub async fn snapshot(&self) -> Value {
        let indexes = self.run(doc! { "listIndexes": "things" }).await;
        let indexes = indexes
            .get_document("cursor")
            .and_then(|cursor| cursor.get_array("firstBatch"));
        let indexes: Vec<Value> = indexes.expect("indexes").iter().map(relaxed).collect();
        let users = self.run(doc! { "usersInfo": 1 }).await;
        let users: Vec<Value> = users
            .get_array("users")
            .expect("users")
            .iter()
            .filter_map(Bson::as_document)
            .map(|user| json!([relaxed(&user["user"]), roles(user)]))
            .collect();
        let profiling = self.run(doc! { "profile": -1 }).await;
        let count = self.run(doc! { "count": "things" }).await;
        json!({
            "indexes": indexes, "users": users, "victim": self.running().await.is_some(),
            "profiling": relaxed(&profiling["was"]), "count": relaxed(&count["n"]),
        })
    }

    fn keeper(&self) -> String {
        format!("keeper_of_{}", self.name)
    }

    async fn run(&self, command: Document) -> Document {
        self.on(&self.name, command).await
    }

    async fn on(&self, database: &str, command: Document) -> Document {
        self.shared.address().run(database, command).await.expect("a command")
    }

    /// Somebody's query that takes for ever.
    async fn start_victim(&mut self) {
        let slow = doc! { "find": "things", "filter": { "$where": "sleep(20000) || true" }, "comment": &self.name };
        let client = self.shared.address().client().expect("a client");
        let database = client.database(&self.name);
        self.victim = Some(tokio::spawn(async move {
            let _ = database.run_command(slow).await;
        }));
        until(async || self.running().await.is_some()).await;
        self.opid = self.running().await.expect("its number");
    }

    async fn running(&self) -> Option<i64> {
        let ask = doc! { "aggregate": 1, "cursor": {}, "pipeline": [
            { "$currentOp": { "allUsers": true } },
            { "$match": { "command.comment": &self.name, "killPending": { "$ne": true } } },
        ] };
        let found = self.on("admin", ask).await;
        let batch = found
            .get_document("cursor")
            .and_then(|cursor| cursor.get_array("firstBatch"));
        let operation = batch.expect("operations").first()?.as_document()?;
        match operation.get("opid")? {
            Bson::Int32(number) => Some(i64::from(*number)),
            Bson::Int64(number) => Some(*number),
            other => panic!("an opid is a number: {other:?}"),
        }
    }
}

impl Drop for Collections {
    fn drop(&mut self) {
        if let Some(victim) = &self.victim {
            victim.abort();
        }
    }
}

/// Sorted: the server gives them in any order.
fn roles(user: &Document) -> Vec<String> {
    let roles = user.get_array("roles").expect("roles").iter();
    let mut roles: Vec<String> = roles.map(|role| relaxed(role).to_string()).collect();
    roles.sort();
    roles
}

fn relaxed(value: &Bson) -> Value {
    value.clone().into_relaxed_extjson()
}
