-- Finding among many: audit entries by what people ask for, approvals and runs by target.
--
-- Values that nearly every entry has (a result of success, a low risk) get no index: a look from the newest entry on
-- finds them at once. The partial indexes hold the others. IS NOT NULL on a column that always is
-- makes planners without statistics prefer that index to the primary key.
CREATE INDEX audit_entry_by_time ON audit_entry (organization_id, at, number, result, risk, action);
CREATE INDEX audit_entry_by_action ON audit_entry (organization_id, action, number) WHERE action IS NOT NULL;
CREATE INDEX audit_entry_by_result ON audit_entry (organization_id, result, number)
    WHERE result IN ('failure', 'rejected', 'unknown');
CREATE INDEX audit_entry_by_risk ON audit_entry (organization_id, risk, number)
    WHERE risk IN ('high', 'critical');

-- Lower case: action, names, sentence and the beginning of the parameters. Absent in bodies written before it was there.
ALTER TABLE audit_body ADD COLUMN search_text TEXT;
CREATE INDEX audit_body_by_user ON audit_body (organization_id, user_name, number) WHERE user_name IS NOT NULL;
CREATE INDEX audit_body_by_tool ON audit_body (organization_id, tool, number) WHERE tool IS NOT NULL;
CREATE INDEX audit_body_by_target ON audit_body (organization_id, target, number) WHERE target IS NOT NULL;

-- Names of targets as they were; absent in rows written before these columns were there.
ALTER TABLE execution ADD COLUMN target TEXT;
CREATE INDEX execution_by_target ON execution (organization_id, target, run_id) WHERE target IS NOT NULL;
ALTER TABLE approval ADD COLUMN risk TEXT;
ALTER TABLE approval ADD COLUMN target TEXT;
CREATE INDEX approval_by_target ON approval (organization_id, target, created_at, id) WHERE target IS NOT NULL;
-- Who put a policy in force; absent in revisions from before.
ALTER TABLE policy ADD COLUMN changed_by TEXT;
CREATE INDEX run_by_user ON run (organization_id, user_id, created_at, id);
