-- Queries that an organization saved as tools. The definition is JSON. Rows stay, for the audit log's sake.
CREATE TABLE custom_tool (
    id TEXT PRIMARY KEY,
    organization_id TEXT NOT NULL REFERENCES organization (id),
    plugin TEXT NOT NULL,
    name TEXT NOT NULL,
    revision BIGINT NOT NULL,
    body TEXT NOT NULL,
    changed_by TEXT NOT NULL,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    deleted_at TEXT
);
CREATE UNIQUE INDEX custom_tool_name ON custom_tool (organization_id, plugin, name) WHERE deleted_at IS NULL;
