//! The pieces of the real world that changes are made to, and how they look.

use super::collections::Collections;
use serde_json::{Value, json};
use std::{
    process::{Child, Command, Stdio},
    sync::{
        Mutex,
        atomic::{AtomicU32, Ordering},
    },
    time::{Duration, Instant},
};
use steersman_testkit::{Postgres, postgres};

/// Everything that a change of ours could touch in a database.
const SNAPSHOT: &str = r"SELECT jsonb_build_object(
    'relations', (SELECT jsonb_agg(jsonb_build_array(c.relname, c.relkind, pg_get_indexdef(i.indexrelid), i.indisvalid)
                                   ORDER BY c.relname)
                    FROM pg_class c LEFT JOIN pg_index i ON i.indexrelid = c.oid
                   WHERE c.relnamespace = 'public'::regnamespace),
    'statistics', (SELECT jsonb_agg(jsonb_build_array(tablename, attname, n_distinct) ORDER BY tablename, attname)
                     FROM pg_stats WHERE schemaname = 'public'),
    'roles', (SELECT jsonb_agg(split_part(rolname, '_of_', 1) ORDER BY rolname) FROM pg_roles
               WHERE rolname LIKE '%\_of\_' || current_database()),
    'privileges', (SELECT jsonb_agg(a.privilege_type ORDER BY 1) FROM pg_class c, aclexplode(c.relacl) a, pg_roles r
                    WHERE c.oid = 'things'::regclass AND r.oid = a.grantee AND r.rolname LIKE 'reader\_of\_%'),
    'rows', (SELECT md5(string_agg(t::text, ',' ORDER BY t.id)) FROM things t),
    'changed rows', (SELECT count(*) FROM things WHERE label = 'changed'),
    'rebuilt', (SELECT relfilenode <> $FILE FROM pg_class WHERE relname = 'things_label_idx'),
    'vacuumed', (SELECT sum(vacuum_count) FROM pg_stat_user_tables),
    'analyzed', (SELECT sum(analyze_count) FROM pg_stat_user_tables),
    'victim', (SELECT state FROM pg_stat_activity WHERE pid = $PID))";

pub enum World {
    Database(Database),
    Collections(Collections),
    Process(Process),
}

impl World {
    pub async fn snapshot(&self) -> Value {
        match self {
            World::Database(database) => database.snapshot().await,
            World::Collections(collections) => collections.snapshot().await,
            World::Process(process) => process.snapshot(),
        }
    }
}

/// A database with a table, an index, a role of its own with the planted password, two other roles, and somebody else's
/// session.
pub struct Database {
    database: postgres::Database,
    /// For the target, with the planted password.
    pub url: String,
    pub password: String,
    pub victim_pid: i32,
    /// Of the index on labels, before anything.
    index_file: String,
    victim: tokio::task::JoinHandle<()>,
}

impl Database {
    /// A session that `is_busy` runs a statement, for which an index built online has to wait.
    pub async fn open(is_busy: bool) -> Self {
        let shared = Postgres::shared().await.expect("a PostgreSQL");
        let database = shared.database("contract").await.expect("a database");
        let (role, password) = (format!("keeper_{}", database.name), planted());
        let make = format!(
            "CREATE ROLE {role} SUPERUSER LOGIN PASSWORD '{password}';
             CREATE TABLE things (id int PRIMARY KEY, owner_id int, label text) WITH (autovacuum_enabled = off);
             INSERT INTO things SELECT n, n % 50, 'thing ' || n FROM generate_series(1, 2000) AS n;
             CREATE INDEX things_label_idx ON things (label);
             CREATE ROLE reader_of_{name}; GRANT SELECT ON things TO reader_of_{name};
             CREATE ROLE leaver_of_{name} LOGIN",
            name = database.name
        );
        database.sql(&make).await.expect("a table");
        let file = database
            .sql("SELECT relfilenode FROM pg_class WHERE relname = 'things_label_idx'")
            .await
            .expect("its file")[0][0]
            .clone();
        let client = database.connect().await.expect("a session");
        let row = client
            .query_one("SELECT pg_backend_pid()", &[])
            .await
            .expect("its number");
        let victim_pid: i32 = row.get(0);
        let victim = tokio::spawn(async move {
            let statement = if is_busy { "SELECT pg_sleep(600)" } else { "SELECT 1" };
            let _ = client.batch_execute(statement).await;
            // The session stays when only its statement was ended.
            std::future::pending::<()>().await;
        });
        let opened = Self {
            url: database.url_as(&role, &password),
            database,
            password,
            victim_pid,
            index_file: file.expect("a number"),
            victim,
        };
        let state = if is_busy { "active" } else { "idle" };
        until(async || opened.snapshot().await["victim"] == state).await;
        opened
    }

    pub fn target_name(&self) -> String {
        self.database.name.replace('_', "-")
    }

    pub fn reader(&self) -> String {
        format!("reader_of_{}", self.database.name)
    }

    pub fn leaver(&self) -> String {
        format!("leaver_of_{}", self.database.name)
    }

    /// Nobody has this name yet.
    pub fn newcomer(&self) -> String {
        format!("newcomer_of_{}", self.database.name)
    }

    async fn snapshot(&self) -> Value {
        let sql = SNAPSHOT
            .replace("$PID", &self.victim_pid.to_string())
            .replace("$FILE", &self.index_file);
        let rows = self.database.sql(&sql).await.expect("a snapshot");
        let text = rows[0][0].as_deref().expect("a document");
        serde_json::from_str(text).expect("JSON")
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        self.victim.abort();
    }
}

/// Two processes, one to be ended and one beside it, both with the planted secret on their command lines.
pub struct Process {
    victim: Mutex<Child>,
    bystander: Mutex<Child>,
    pub secret: String,
}

impl Process {
    pub async fn start() -> Self {
        let secret = planted();
        let process = Self {
            victim: Mutex::new(waiting(&secret)),
            bystander: Mutex::new(waiting(&secret)),
            secret,
        };
        until(async || process.snapshot()["victim"] == "running").await;
        process
    }

    pub fn victim_pid(&self) -> u32 {
        self.victim.lock().expect("the child").id()
    }

    fn snapshot(&self) -> Value {
        let state = |child: &Mutex<Child>| {
            let mut child = child.lock().expect("the child");
            match child.try_wait().expect("it can be waited for") {
                Some(_) => "ended",
                None => "running",
            }
        };
        json!({ "victim": state(&self.victim), "bystander": state(&self.bystander) })
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        for child in [&self.victim, &self.bystander] {
            let mut child = child.lock().expect("the child");
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// Waits for a line that never comes.
fn waiting(secret: &str) -> Child {
    Command::new("sh")
        .args(["-c", "read line", "worker", &format!("--password={secret}")])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .expect("a process")
}

/// Another secret each time, which no other text contains.
pub fn planted() -> String {
    static NEXT: AtomicU32 = AtomicU32::new(1);
    format!(
        "planted-{}-{}-Xq7vT2",
        std::process::id(),
        NEXT.fetch_add(1, Ordering::Relaxed)
    )
}

/// Asks until it is so, at most 30 s.
pub async fn until<F: Future<Output = bool>>(is_so: impl Fn() -> F) {
    let began = Instant::now();
    while !is_so().await {
        assert!(
            began.elapsed() < Duration::from_secs(30),
            "it did not happen within 30 s"
        );
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
