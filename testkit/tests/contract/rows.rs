//! One row a change, or two where it has two ways: a fresh piece of the real world for it, and how it looks when done.

use super::world::{Database, Process, World};
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
}

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
        }
    }

    pub async fn set(self, app: &TestApp) -> Stage {
        if self == Row::KillProcess {
            return on_this_machine(app).await;
        }
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
            Row::KillProcess => unreachable!("it is no change of PostgreSQL"),
        };
        Stage {
            target,
            arguments,
            secret: database.password.clone(),
            world: World::Database(database),
        }
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
        match self {
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
