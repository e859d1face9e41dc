-- Defence in depth: what is appended stays, whatever statement is run by mistake.
CREATE TRIGGER run_event_is_not_updated BEFORE UPDATE ON run_event
BEGIN SELECT RAISE(ABORT, 'run_event is append-only'); END;
CREATE TRIGGER run_event_is_not_deleted BEFORE DELETE ON run_event
BEGIN SELECT RAISE(ABORT, 'run_event is append-only'); END;
CREATE TRIGGER audit_entry_is_not_updated BEFORE UPDATE ON audit_entry
BEGIN SELECT RAISE(ABORT, 'audit_entry is append-only'); END;
CREATE TRIGGER audit_entry_is_not_deleted BEFORE DELETE ON audit_entry
BEGIN SELECT RAISE(ABORT, 'audit_entry is append-only'); END;
CREATE TRIGGER audit_body_is_not_updated BEFORE UPDATE ON audit_body
BEGIN SELECT RAISE(ABORT, 'audit_body is written once'); END;
CREATE TRIGGER policy_is_not_updated BEFORE UPDATE ON policy
BEGIN SELECT RAISE(ABORT, 'every policy revision is kept'); END;
CREATE TRIGGER policy_is_not_deleted BEFORE DELETE ON policy
BEGIN SELECT RAISE(ABORT, 'every policy revision is kept'); END;
CREATE TRIGGER grant_use_is_not_updated BEFORE UPDATE ON grant_use
BEGIN SELECT RAISE(ABORT, 'a used grant stays used'); END;
CREATE TRIGGER grant_use_is_not_deleted BEFORE DELETE ON grant_use
BEGIN SELECT RAISE(ABORT, 'a used grant stays used'); END;
