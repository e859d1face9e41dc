//! A real server with the sample shop, and the plugin's tools on it.

#![allow(dead_code, reason = "each test file uses a part of it")]

use serde_json::{Value, json};
use steersman_plugin_postgres::Postgres as Plugin_;
use steersman_testkit::{Postgres, postgres::Database, sample};
use steersman_toolkit::{
    Answer, CancellationToken, Cx, Draft, Handles, Plugin, Progress, Secrets, Tool,
    protocol::{Block, Limits, Plan, Problem, TargetId, TargetRef, Verification},
};

pub struct Shop {
    pub database: Database,
    pub handles: Handles,
    pub cx: Cx,
}

impl Shop {
    /// Twenty thousand orders on the process's own server.
    pub async fn open() -> Self {
        Self::with_scale(0.1).await
    }

    pub async fn with_scale(scale: f64) -> Self {
        let shop = Self::empty().await;
        let client = shop.database.connect().await.unwrap();
        sample::fill_shop(&client, scale).await.unwrap();
        shop
    }

    pub async fn empty() -> Self {
        let shared = Postgres::shared().await.unwrap();
        let database = shared.database("shop").await.unwrap();
        let server = shared.server();
        let handles = connect(server, &database.name, server.user(), server.password()).await;
        Self {
            database,
            handles,
            cx: cx(),
        }
    }

    /// The same database seen by a role with these grants and nothing else.
    pub async fn as_role(&self, role: &str, grants: &str) -> Handles {
        self.sql(&format!("CREATE ROLE {role} LOGIN PASSWORD 'role-password'; {grants}"))
            .await;
        let server = Postgres::shared().await.unwrap().server();
        connect(server, &self.database.name, role, "role-password").await
    }

    pub async fn sql(&self, text: &str) -> Vec<Vec<Option<String>>> {
        self.database.sql(text).await.unwrap()
    }

    pub async fn ask(&self, tool: &str, arguments: Value) -> Result<Answer, Problem> {
        ask(&self.cx, &self.handles, tool, arguments).await
    }

    pub async fn plan(&self, tool: &str, arguments: Value) -> Result<Draft, Problem> {
        plan(&self.cx, &self.handles, tool, arguments).await
    }

    /// Verifies a draft as the runtime would, without a receipt.
    pub async fn verify(&self, tool: &str, draft: Draft) -> Verification {
        let plan = to_plan(&self.cx, tool, draft);
        let Tool::Change(change) = find(tool) else {
            panic!("{tool} is no change")
        };
        change.verify(&self.cx, &self.handles, &plan, None).await.unwrap()
    }
}

pub async fn connect(server: &Postgres, database: &str, user: &str, password: &str) -> Handles {
    let settings = json!({ "host": server.host(), "port": server.port(), "database": database, "user": user });
    let secrets = Secrets::from([("password".to_owned(), password.to_owned().into())]);
    Plugin_.connect(&settings, &secrets).await.unwrap()
}

pub fn cx() -> Cx {
    Cx {
        target: TargetRef {
            id: "01890a5d-ac96-774b-bcce-b302099a8057".parse::<TargetId>().unwrap(),
            name: "orders-db".to_owned(),
            plugin: "postgres".to_owned(),
            environment: "production".to_owned(),
            revision: 1,
        },
        now: "2026-01-01T00:00:00Z".parse().unwrap(),
        limits: Limits::default(),
        cancel: CancellationToken::new(),
        progress: Progress::silent(),
    }
}

pub fn find(tool: &str) -> Tool {
    Plugin_
        .tools()
        .into_iter()
        .find(|known| known.spec().name.as_str() == tool)
        .expect("a tool of the plugin")
}

pub async fn ask(cx: &Cx, handles: &Handles, tool: &str, arguments: Value) -> Result<Answer, Problem> {
    let Tool::Query(query) = find(tool) else {
        panic!("{tool} is no query")
    };
    query.run(cx, handles, arguments).await
}

pub async fn plan(cx: &Cx, handles: &Handles, tool: &str, arguments: Value) -> Result<Draft, Problem> {
    let Tool::Change(change) = find(tool) else {
        panic!("{tool} is no change")
    };
    change.plan(cx, handles, arguments).await
}

pub fn to_plan(cx: &Cx, tool: &str, draft: Draft) -> Plan {
    draft.into_plan(tool.parse().unwrap(), cx.target.clone())
}

/// The values of one column of the table with this title.
pub fn column(answer: &Answer, title: &str, name: &str) -> Vec<Value> {
    let found = answer.blocks.iter().find_map(|block| match block {
        Block::Table {
            title: Some(known),
            columns,
            rows,
            ..
        } if known == title => {
            let at = columns.iter().position(|column| column.name == name)?;
            Some(rows.iter().map(|row| row[at].clone()).collect())
        }
        _ => None,
    });
    found.unwrap_or_else(|| panic!("no column {name} in a table {title}: {answer:?}"))
}

/// A field of the record with this title.
pub fn field(blocks: &[Block], title: &str, name: &str) -> Value {
    let found = blocks.iter().find_map(|block| match block {
        Block::Record {
            title: Some(known),
            fields,
            ..
        } if known == title => fields
            .iter()
            .find(|(field, _)| field == name)
            .map(|(_, value)| value.clone()),
        _ => None,
    });
    found.unwrap_or_else(|| panic!("no field {name} in a record {title}: {blocks:?}"))
}
