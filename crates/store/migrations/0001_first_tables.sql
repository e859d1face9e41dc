-- Ids are UUID texts, times RFC 3339 UTC texts of one width (microseconds, so that they sort), booleans 0 or 1,
-- structured values JSON texts. Only statements that SQLite and PostgreSQL both speak.

CREATE TABLE organization (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    created_at TEXT NOT NULL
);

CREATE TABLE app_user (
    id TEXT PRIMARY KEY,
    organization_id TEXT NOT NULL REFERENCES organization (id),
    name TEXT NOT NULL,
    role TEXT NOT NULL,
    is_enabled BIGINT NOT NULL,
    password_hash TEXT,
    created_at TEXT NOT NULL,
    UNIQUE (organization_id, name)
);

CREATE TABLE login (
    id TEXT PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES app_user (id),
    token_sha256 TEXT NOT NULL UNIQUE,
    created_at TEXT NOT NULL,
    expires_at TEXT NOT NULL,
    ip TEXT,
    user_agent TEXT
);
CREATE INDEX login_by_user ON login (user_id);

CREATE TABLE login_link (
    token_sha256 TEXT PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES app_user (id),
    created_at TEXT NOT NULL,
    expires_at TEXT NOT NULL
);

CREATE TABLE api_token (
    id TEXT PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES app_user (id),
    name TEXT NOT NULL,
    token_sha256 TEXT NOT NULL UNIQUE,
    created_at TEXT NOT NULL,
    expires_at TEXT,
    revoked_at TEXT
);
CREATE INDEX api_token_by_user ON api_token (user_id);

CREATE TABLE server (
    id TEXT PRIMARY KEY,
    organization_id TEXT NOT NULL REFERENCES organization (id),
    name TEXT NOT NULL,
    is_control_plane BIGINT NOT NULL,
    created_at TEXT NOT NULL,
    UNIQUE (organization_id, name)
);

-- A target. Rows are never removed: old plans and audit entries name them.
CREATE TABLE plugin_instance (
    id TEXT PRIMARY KEY,
    organization_id TEXT NOT NULL REFERENCES organization (id),
    server_id TEXT NOT NULL REFERENCES server (id),
    name TEXT NOT NULL,
    plugin TEXT NOT NULL,
    environment TEXT NOT NULL,
    settings TEXT NOT NULL,
    secrets_set TEXT NOT NULL,
    is_enabled BIGINT NOT NULL,
    revision BIGINT NOT NULL,
    created_at TEXT NOT NULL,
    deleted_at TEXT
);
CREATE UNIQUE INDEX plugin_instance_name ON plugin_instance (organization_id, name) WHERE deleted_at IS NULL;

-- A sealed secret. The owner is a target or a model provider.
CREATE TABLE credential (
    id TEXT PRIMARY KEY,
    owner_id TEXT NOT NULL,
    name TEXT NOT NULL,
    key_id TEXT NOT NULL,
    wrapped_key TEXT NOT NULL,
    sealed TEXT NOT NULL,
    UNIQUE (owner_id, name)
);

CREATE TABLE model_provider (
    id TEXT PRIMARY KEY,
    organization_id TEXT NOT NULL REFERENCES organization (id),
    name TEXT NOT NULL,
    dialect TEXT NOT NULL,
    base_url TEXT NOT NULL,
    model TEXT NOT NULL,
    is_default BIGINT NOT NULL,
    created_at TEXT NOT NULL,
    UNIQUE (organization_id, name)
);

CREATE TABLE chat_session (
    id TEXT PRIMARY KEY,
    organization_id TEXT NOT NULL REFERENCES organization (id),
    user_id TEXT NOT NULL REFERENCES app_user (id),
    title TEXT NOT NULL,
    status TEXT NOT NULL,
    anchor TEXT NOT NULL,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    deleted_at TEXT
);
CREATE INDEX chat_session_by_user ON chat_session (organization_id, user_id, updated_at, id);

-- From here to grant_use: the log, and views of it. Views refer to each other without constraints, so that they can
-- be written in any order and rebuilt from the log.
CREATE TABLE chat_message (
    id TEXT PRIMARY KEY,
    session_id TEXT NOT NULL,
    run_id TEXT NOT NULL,
    ordinal BIGINT NOT NULL,
    body TEXT NOT NULL,
    UNIQUE (session_id, ordinal)
);

CREATE TABLE run (
    id TEXT PRIMARY KEY,
    organization_id TEXT NOT NULL,
    session_id TEXT,
    user_id TEXT NOT NULL,
    title TEXT NOT NULL,
    status TEXT NOT NULL,
    problem TEXT,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL
);
CREATE INDEX run_by_time ON run (organization_id, created_at, id);
CREATE INDEX run_by_session ON run (session_id, created_at, id);
CREATE INDEX run_unfinished ON run (id) WHERE status NOT IN ('completed', 'failed', 'cancelled');

CREATE TABLE run_event (
    run_id TEXT NOT NULL,
    seq BIGINT NOT NULL,
    position BIGINT NOT NULL UNIQUE,
    organization_id TEXT NOT NULL,
    session_id TEXT,
    at TEXT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (run_id, seq)
);
CREATE INDEX run_event_by_session ON run_event (session_id, position) WHERE session_id IS NOT NULL;

-- Work that drivers still owe. A row goes when its report is in the log.
CREATE TABLE effect (
    id TEXT PRIMARY KEY,
    run_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    body TEXT NOT NULL,
    due_at TEXT,
    opened_at TEXT NOT NULL
);

CREATE TABLE execution (
    id TEXT PRIMARY KEY,
    run_id TEXT NOT NULL,
    organization_id TEXT NOT NULL,
    status TEXT NOT NULL,
    created_at TEXT NOT NULL,
    body TEXT NOT NULL
);
CREATE INDEX execution_by_run ON execution (run_id, created_at, id);

CREATE TABLE approval (
    id TEXT PRIMARY KEY,
    organization_id TEXT NOT NULL,
    run_id TEXT NOT NULL,
    session_id TEXT,
    status TEXT NOT NULL,
    created_at TEXT NOT NULL,
    body TEXT NOT NULL
);
CREATE INDEX approval_by_time ON approval (organization_id, created_at, id);
CREATE INDEX approval_by_status ON approval (organization_id, status, created_at, id);
CREATE INDEX approval_by_run ON approval (run_id);

CREATE TABLE grant_use (
    grant_id TEXT NOT NULL,
    use TEXT NOT NULL,
    execution_id TEXT NOT NULL,
    run_id TEXT NOT NULL,
    used_at TEXT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (grant_id, use)
);

CREATE TABLE policy (
    organization_id TEXT NOT NULL REFERENCES organization (id),
    revision BIGINT NOT NULL,
    body TEXT NOT NULL,
    created_at TEXT NOT NULL,
    PRIMARY KEY (organization_id, revision)
);

CREATE TABLE audit_entry (
    organization_id TEXT NOT NULL,
    number BIGINT NOT NULL,
    id TEXT NOT NULL,
    at TEXT NOT NULL,
    action TEXT NOT NULL,
    result TEXT NOT NULL,
    risk TEXT,
    run_id TEXT,
    execution_id TEXT,
    body_digest TEXT NOT NULL,
    previous_hash TEXT NOT NULL,
    hash TEXT NOT NULL,
    PRIMARY KEY (organization_id, number)
);
CREATE INDEX audit_entry_by_run ON audit_entry (run_id) WHERE run_id IS NOT NULL;

-- What can be erased. A missing row means erased; the erasing entry says which numbers.
CREATE TABLE audit_body (
    organization_id TEXT NOT NULL,
    number BIGINT NOT NULL,
    salt TEXT NOT NULL,
    user_id TEXT,
    user_name TEXT NOT NULL,
    tool TEXT,
    target TEXT,
    plugin TEXT,
    body TEXT NOT NULL,
    PRIMARY KEY (organization_id, number)
);

-- The end of each chain, sealed under a key that is not in this database.
CREATE TABLE audit_head (
    organization_id TEXT PRIMARY KEY,
    number BIGINT NOT NULL,
    hash TEXT NOT NULL,
    key_id TEXT NOT NULL,
    seal TEXT NOT NULL
);

CREATE TABLE setting (
    key TEXT PRIMARY KEY,
    value TEXT NOT NULL
);
