//! A store in a temporary folder, and things to put into it.

use rusqlite::Connection;
use serde_json::json;
use std::{
    path::{Path, PathBuf},
    sync::atomic::{AtomicU64, Ordering},
};
use steersman_protocol::*;
use steersman_store::*;
use tempfile::TempDir;
use tokio::task::JoinHandle;
use uuid::Uuid;

pub const KEY: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

pub fn ring() -> KeyRing {
    KeyRing::new(MasterKey::from_env_text(KEY).unwrap())
}

/// A new id each time, ascending.
pub fn id<T>(wrap: fn(Uuid) -> T) -> T {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    let next = NEXT.fetch_add(1, Ordering::Relaxed);
    wrap(uuid::Builder::from_unix_timestamp_millis(1_790_000_000_000 + next, &[7; 10]).into_uuid())
}

pub fn time(text: &str) -> Timestamp {
    text.parse().unwrap()
}

pub fn now() -> Timestamp {
    time("2026-11-21T08:00:00.123456Z")
}

pub struct Fixture {
    pub store: Store,
    pub writer: JoinHandle<Result<()>>,
    pub path: PathBuf,
    pub organization: OrganizationId,
    pub user: User,
    pub server: Server,
    pub folder: TempDir,
}

pub async fn open(path: &Path, ring: KeyRing) -> Result<(Store, JoinHandle<Result<()>>)> {
    let options = StoreOptions {
        path: path.to_owned(),
        readers: 2,
    };
    let (store, writer) = Store::open(options, ring).await?;
    Ok((store, tokio::spawn(writer.run())))
}

/// An organization with a person and a server.
pub async fn fixture() -> Fixture {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("steersman.db");
    let (store, writer) = open(&path, ring()).await.unwrap();
    let (organization, user, server) = inhabit(&store, "Acme").await;
    Fixture {
        store,
        writer,
        path,
        organization,
        user,
        server,
        folder,
    }
}

pub async fn inhabit(store: &Store, name: &str) -> (OrganizationId, User, Server) {
    let organization = id(OrganizationId::from_uuid);
    let audit = |action: &str| draft(organization, action);
    store
        .create_organization(organization, name, now(), audit("organization.created"))
        .await
        .unwrap();
    let user = User {
        id: id(UserId::from_uuid),
        organization_id: organization,
        name: "ana".into(),
        role: Role::Owner,
        is_enabled: true,
        created_at: now(),
    };
    store
        .create_user(
            user.clone(),
            Some("$argon2id$hash".into()),
            now(),
            audit("user.created"),
        )
        .await
        .unwrap();
    let server = Server {
        id: id(ServerId::from_uuid),
        organization_id: organization,
        name: "here".into(),
        is_control_plane: true,
        created_at: now(),
    };
    store
        .create_server(server.clone(), now(), audit("server.created"))
        .await
        .unwrap();
    (organization, user, server)
}

impl Fixture {
    /// Ends the writer and opens the same file again.
    pub async fn reopen(mut self) -> Fixture {
        self.store.close().await;
        self.writer.await.unwrap().unwrap();
        (self.store, self.writer) = open(&self.path, ring()).await.unwrap();
        self
    }

    /// A connection beside the store, to look and to tamper.
    pub fn beside(&self) -> Connection {
        Connection::open(&self.path).unwrap()
    }

    pub fn draft(&self, action: &str) -> AuditDraft {
        draft(self.organization, action)
    }

    pub fn commit(&self, run_id: RunId, expected_seq: i64) -> Commit {
        Commit::new(run_id, self.organization, expected_seq, now())
    }

    pub fn target(&self, name: &str) -> Target {
        Target {
            id: id(TargetId::from_uuid),
            organization_id: self.organization,
            server_id: self.server.id,
            name: name.into(),
            plugin: "postgres".into(),
            environment: "production".into(),
            settings: json!({"host": "localhost", "port": 5432}),
            secrets_set: vec![],
            is_enabled: true,
            revision: 1,
            created_at: now(),
        }
    }

    pub fn session(&self, title: &str) -> Session {
        Session {
            id: id(SessionId::from_uuid),
            organization_id: self.organization,
            user_id: self.user.id,
            title: title.into(),
            status: SessionStatus::Active,
            anchor: Anchor::default(),
            created_at: now(),
            updated_at: now(),
            leaf_run_id: None,
            is_unread: false,
            waiting: 0,
            preview: None,
        }
    }

    pub fn run(&self, id: RunId, session_id: Option<SessionId>, status: RunStatus) -> RunView {
        RunView {
            id,
            organization_id: self.organization,
            session_id,
            parent_run_id: None,
            user_id: self.user.id,
            title: "why is orders slow".into(),
            status,
            problem: None,
            created_at: now(),
            updated_at: now(),
            executions: vec![],
        }
    }

    pub fn execution(&self, run_id: RunId) -> ExecutionView {
        ExecutionView {
            id: id(ExecutionId::from_uuid),
            run_id,
            tool: "postgres.create_index".parse().unwrap(),
            tool_kind: ToolKind::Change,
            target: self.target("orders-db").to_ref(),
            arguments: json!({"table": "orders"}),
            from_target_text: vec![],
            status: ExecutionStatus::Pending,
            plan: Some(Box::new(self.plan())),
            digest: None,
            verdict: None,
            approval_id: None,
            summary: String::new(),
            blocks: vec![],
            suggestions: vec![],
            problem: None,
            secrets: vec![],
            created_at: now(),
            updated_at: now(),
        }
    }

    fn plan(&self) -> Plan {
        Plan {
            tool: "postgres.create_index".parse().unwrap(),
            target: self.target("orders-db").to_ref(),
            arguments: json!({"table": "orders", "columns": ["customer_id"]}),
            summary: "Create an index".into(),
            steps: vec![Step::sql("CREATE INDEX CONCURRENTLY ON orders (customer_id)")],
            on_failure: vec![],
            touches: vec![],
            must_hold: Default::default(),
            observed: vec![],
            undo: Undo::NotNeeded { why: "a test".into() },
            limits: Limits::default(),
            facts: vec![],
            warnings: vec![],
        }
    }

    pub fn approval(&self, run_id: RunId, session_id: Option<SessionId>) -> ApprovalView {
        ApprovalView {
            id: id(ApprovalId::from_uuid),
            organization_id: self.organization,
            run_id,
            session_id,
            execution_id: id(ExecutionId::from_uuid),
            status: ApprovalStatus::Pending,
            risk: Risk::Medium,
            requested_by: self.user.id,
            requested_by_name: self.user.name.clone(),
            digest: Digest::of(&"plan"),
            plan: Box::new(self.plan()),
            verdict: Verdict {
                decision: Decision::Ask,
                risk: Risk::Medium,
                risk_reasons: vec![],
                rules: vec![],
                reason_required: false,
                second_person: false,
                policy_revision: 1,
            },
            from_target_text: vec![],
            decided_by: None,
            decided_by_name: None,
            reason: None,
            created_at: now(),
            expires_at: now(),
            decided_at: None,
        }
    }

    pub fn message(&self, session_id: SessionId, run_id: RunId, content: &str) -> ChatMessage {
        ChatMessage {
            id: id(MessageId::from_uuid),
            session_id,
            run_id,
            role: MessageRole::User,
            content: content.into(),
            tool_calls: vec![],
            tool_call_id: None,
            tool_name: None,
            summary: None,
            suggestions: vec![],
            is_error: false,
            prompt_tokens: None,
            completion_tokens: None,
            created_at: now(),
        }
    }
}

pub fn draft(organization_id: OrganizationId, action: &str) -> AuditDraft {
    AuditDraft {
        organization_id,
        action: action.into(),
        result: AuditResult::Success,
        risk: Some(Risk::Medium),
        run_id: None,
        execution_id: None,
        body: AuditBody {
            user_name: "ana".into(),
            sentence: "Ana did it".into(),
            ..AuditBody::default()
        },
    }
}

/// Any event; its number tells it apart.
pub fn event(number: u32) -> Event {
    Event::ModelAsked {
        turn: number,
        provider: "local".into(),
        offered: vec!["postgres_list_indexes".into()],
    }
}

pub fn grant(target_id: TargetId) -> Grant {
    Grant {
        id: id(GrantId::from_uuid),
        execution_id: id(ExecutionId::from_uuid),
        digest: Digest::of(&"plan"),
        target_id,
        target_revision: 1,
        policy_revision: 0,
        expires_at: now(),
        approval_id: None,
        answerable: id(UserId::from_uuid),
    }
}

pub fn policy() -> Policy {
    Policy {
        revision: 0,
        four_eyes: true,
        approval_minutes: 30,
        rules: vec![],
    }
}

pub fn all() -> PageRequest {
    PageRequest {
        limit: 500,
        cursor: None,
    }
}
