//! One row a change, or two where it has two ways: a fresh piece of the real world for it, and how it looks when done.

use super::{
    collections::Collections,
    world::{Database, Process, World},
};
use serde_json::{Value, json};
use steersman_protocol::Target;
use steersman_testkit::TestApp;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Row {
    CreateIndex,
    DropIndex,
    AnalyzeTable,
    CancelStatement,
    TerminateConnection,
    VacuumTable,
    ReindexTable,
    CreateUser,
    DropUser,
    GrantPermission,
    RevokePermission,
    RunStatement,
    KillProcess,
    CreateMongoIndex,
    DropMongoIndex,
    CompactCollection,
    KillOperation,
    SetProfilingLevel,
    CreateMongoUser,
    DropMongoUser,
    GrantRoles,
    RevokeRoles,
}

/// Changes that cannot be had here, and why.
pub const WITHOUT_A_ROW: &[(&str, &str)] = &[(
    "mongodb.reindex_collection",
    "replica sets refuse it, and the MongoDB of the tests is always one",
)];

/// A change, ready to be proposed.
pub struct Stage {
    pub target: Target,
    pub arguments: Value,
    pub world: World,
    /// Must not be seen anywhere.
    pub secret: String,
}

impl Row {
    pub const ALL: &[Row] = &[
        Row::CreateIndex,
        Row::DropIndex,
        Row::AnalyzeTable,
        Row::CancelStatement,
        Row::TerminateConnection,
        Row::VacuumTable,
        Row::ReindexTable,
        Row::CreateUser,
        Row::DropUser,
        Row::GrantPermission,
        Row::RevokePermission,
        Row::RunStatement,
        Row::KillProcess,
        Row::CreateMongoIndex,
        Row::DropMongoIndex,
        Row::CompactCollection,
        Row::KillOperation,
        Row::SetProfilingLevel,
        Row::CreateMongoUser,
        Row::DropMongoUser,
        Row::GrantRoles,
        Row::RevokeRoles,
    ];

    pub fn tool(self) -> &'static str {
        match self {
            Row::CreateIndex => "postgres.create_index",
            Row::DropIndex => "postgres.drop_index",
            Row::AnalyzeTable => "postgres.analyze_table",
            Row::CancelStatement | Row::TerminateConnection => "postgres.kill_connection",
            Row::VacuumTable => "postgres.vacuum_table",
            Row::ReindexTable => "postgres.reindex_table",
            Row::CreateUser => "postgres.create_user",
            Row::DropUser => "postgres.drop_user",
            Row::GrantPermission => "postgres.grant_permission",
            Row::RevokePermission => "postgres.revoke_permission",
            Row::RunStatement => "postgres.run_statement",
            Row::KillProcess => "host.kill_process",
            Row::CreateMongoIndex => "mongodb.create_index",
            Row::DropMongoIndex => "mongodb.drop_index",
            Row::CompactCollection => "mongodb.compact_collection",
            Row::KillOperation => "mongodb.kill_operation",
            Row::SetProfilingLevel => "mongodb.set_profiling_level",
            Row::CreateMongoUser => "mongodb.create_user",
            Row::DropMongoUser => "mongodb.drop_user",
            Row::GrantRoles => "mongodb.grant_roles",
            Row::RevokeRoles => "mongodb.revoke_roles",
        }
    }

    pub async fn set(self, app: &TestApp) -> Stage {
        match self.tool().split('.').next() {
            Some("host") => on_this_machine(app).await,
            Some("mongodb") => self.in_mongodb(app).await,
            _ => self.in_postgres(app).await,
        }
    }

    async fn in_mongodb(self, app: &TestApp) -> Stage {
        let collections = Collections::open(self == Row::KillOperation).await;
        let target = app
            .add_target(&collections.target_name(), "mongodb", collections.settings())
            .await;
        let arguments = match self {
            Row::CreateMongoIndex => json!({ "collection": "things", "fields": ["owner_id"], "name": "by_owner" }),
            Row::DropMongoIndex => json!({ "index": "by_label", "collection": "things" }),
            Row::CompactCollection => json!({ "collection": "things" }),
            Row::KillOperation => json!({ "opid": collections.opid }),
            Row::SetProfilingLevel => json!({ "level": "slow", "slow_ms": 77 }),
            Row::CreateMongoUser => json!({ "user": "newcomer", "roles": ["read"] }),
            Row::DropMongoUser => json!({ "user": "leaver" }),
            Row::GrantRoles => json!({ "user": "reader", "roles": ["dbAdmin"] }),
            Row::RevokeRoles => json!({ "user": "reader", "roles": ["read"] }),
            other => unreachable!("{other:?} is no change of MongoDB"),
        };
        Stage {
            target,
            arguments,
            secret: collections.password.clone(),
            world: World::Collections(collections),
        }
    }

    async fn in_postgres(self, app: &TestApp) -> Stage {
        let is_about_sessions = matches!(self, Row::CancelStatement | Row::TerminateConnection);
        let database = Database::open(is_about_sessions).await;
        let target = app.add_postgres_at(&database.target_name(), &database.url).await;
        let pid = database.victim_pid;
        let privilege = |which: &str| json!({ "role": database.reader(), "privileges": [which], "object": "things" });
        let arguments = match self {
            Row::CreateIndex => json!({ "table": "things", "columns": ["owner_id"] }),
            Row::DropIndex => json!({ "index": "things_label_idx" }),
            Row::AnalyzeTable => json!({ "table": "things" }),
            Row::CancelStatement => json!({ "pid": pid, "mode": "cancel" }),
            Row::TerminateConnection => json!({ "pid": pid, "mode": "terminate" }),
            Row::VacuumTable => json!({ "table": "things" }),
            Row::ReindexTable => json!({ "index": "things_label_idx" }),
            Row::CreateUser => json!({ "name": database.newcomer() }),
            Row::DropUser => json!({ "name": database.leaver() }),
            Row::GrantPermission => privilege("insert"),
            Row::RevokePermission => privilege("select"),
            Row::RunStatement => json!({ "statement": "UPDATE things SET label = 'changed' WHERE id = 7" }),
            other => unreachable!("{other:?} is no change of PostgreSQL"),
        };
        Stage {
            target,
            arguments,
            secret: database.password.clone(),
            world: World::Database(database),
        }
    }

    /// Whether the world looks different afterwards to anybody who reads it. Where not, only its report tells that it
    /// was carried out, and without the report the outcome is unknown.
    pub fn leaves_a_trace(self) -> bool {
        self != Row::CompactCollection
    }

    /// Whether a snapshot shows that the change was carried out, once.
    pub fn is_done(self, world: &Value) -> bool {
        let has_index = |name: &str| {
            let relations = world["relations"].as_array().into_iter().flatten();
            relations
                .filter(|relation| relation[0] == name && relation[3] == true)
                .count()
                == 1
        };
        let reads_and_inserts = || {
            let has = |right: &str| {
                world["privileges"]
                    .as_array()
                    .into_iter()
                    .flatten()
                    .any(|one| one == right)
            };
            (has("SELECT"), has("INSERT"))
        };
        let mongo_index = |name: &str| {
            let indexes = world["indexes"].as_array().into_iter().flatten();
            indexes.filter(|index| index["name"] == name).count() == 1
        };
        let roles = |user: &str| -> Option<usize> {
            let users = world["users"].as_array()?;
            Some(users.iter().find(|one| one[0] == user)?[1].as_array()?.len())
        };
        match self {
            Row::CreateMongoIndex => mongo_index("by_owner"),
            Row::DropMongoIndex => !mongo_index("by_label"),
            Row::CompactCollection => world["count"] == 200,
            Row::KillOperation => world["victim"] == false,
            Row::SetProfilingLevel => world["profiling"] == 1,
            Row::CreateMongoUser => roles("newcomer").is_some(),
            Row::DropMongoUser => roles("leaver").is_none(),
            Row::GrantRoles => roles("reader") == Some(2),
            Row::RevokeRoles => roles("reader") == Some(0),
            Row::VacuumTable => world["vacuumed"] == 1,
            Row::ReindexTable => world["rebuilt"] == true && has_index("things_label_idx"),
            Row::CreateUser => world["roles"] == json!(["leaver", "newcomer", "reader"]),
            Row::DropUser => world["roles"] == json!(["reader"]),
            Row::GrantPermission => reads_and_inserts() == (true, true),
            Row::RevokePermission => reads_and_inserts() == (false, false),
            Row::RunStatement => world["changed rows"] == 1,
            Row::CreateIndex => has_index("things_owner_id_idx"),
            Row::DropIndex => !has_index("things_label_idx"),
            Row::AnalyzeTable => world["analyzed"] == 1 && world["statistics"].is_array(),
            Row::CancelStatement => world["victim"] == "idle",
            Row::TerminateConnection => world["victim"].is_null(),
            Row::KillProcess => world["victim"] == "ended" && world["bystander"] == "running",
        }
    }
}

async fn on_this_machine(app: &TestApp) -> Stage {
    let targets = app.store().targets(app.organization_id()).await.expect("the targets");
    let target = targets
        .into_iter()
        .find(|target| target.plugin == "host")
        .expect("this machine");
    let processes = Process::start().await;
    Stage {
        target,
        arguments: json!({ "pid": processes.victim_pid() }),
        secret: processes.secret.clone(),
        world: World::Process(processes),
    }
}
