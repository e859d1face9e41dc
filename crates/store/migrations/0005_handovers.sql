-- What changes leave for a person to see once. The secret itself is a credential whose owner is the execution; this says
-- that there is one, until when, and what became of it. Rows stay, so that a second look can be told who had the first.
CREATE TABLE handover (
    execution_id TEXT NOT NULL,
    label TEXT NOT NULL,
    organization_id TEXT NOT NULL,
    run_id TEXT NOT NULL,
    left_at TEXT NOT NULL,
    expires_at TEXT NOT NULL,
    ended_as TEXT,
    ended_at TEXT,
    ended_by TEXT,
    PRIMARY KEY (execution_id, label)
);
CREATE INDEX handover_waiting ON handover (expires_at) WHERE ended_as IS NULL;
