-- A conversation is a tree of runs; a session shows the path to its leaf.

-- Position of the run's first event: the order in which runs began, whatever the clock did.
ALTER TABLE run ADD COLUMN ordinal BIGINT NOT NULL DEFAULT 0;
ALTER TABLE run ADD COLUMN parent_run_id TEXT;
UPDATE run SET ordinal = COALESCE((SELECT e.position FROM run_event e WHERE e.run_id = run.id AND e.seq = 1), 0);
CREATE INDEX run_by_ordinal ON run (session_id, ordinal);

-- What was said before there were branches is one line.
UPDATE run SET parent_run_id = (
    SELECT older.id FROM run older
    WHERE older.session_id = run.session_id AND older.ordinal < run.ordinal
    ORDER BY older.ordinal DESC LIMIT 1
)
WHERE session_id IS NOT NULL;

-- Siblings: runs below the same run, or first in the same session.
CREATE INDEX run_by_parent ON run ((COALESCE(parent_run_id, session_id)), ordinal);

-- Up to read_position the person has seen the session; news_position is the last event worth seeing.
ALTER TABLE chat_session ADD COLUMN leaf_run_id TEXT;
ALTER TABLE chat_session ADD COLUMN read_position BIGINT NOT NULL DEFAULT 0;
ALTER TABLE chat_session ADD COLUMN news_position BIGINT NOT NULL DEFAULT 0;
ALTER TABLE chat_session ADD COLUMN preview TEXT NOT NULL DEFAULT '';
-- The title as it is searched: small letters.
ALTER TABLE chat_session ADD COLUMN title_folded TEXT NOT NULL DEFAULT '';
UPDATE chat_session SET title_folded = LOWER(title);
UPDATE chat_session SET leaf_run_id = (
    SELECT newest.id FROM run newest WHERE newest.session_id = chat_session.id ORDER BY newest.ordinal DESC LIMIT 1
);
UPDATE chat_session SET read_position = COALESCE(
    (SELECT MAX(e.position) FROM run_event e WHERE e.session_id = chat_session.id), 0
);

-- Words of persons and models as they are searched; absent for results of tools.
ALTER TABLE chat_message ADD COLUMN said TEXT;
CREATE INDEX chat_message_by_run ON chat_message (run_id, ordinal);

CREATE INDEX approval_waiting_by_session ON approval (session_id) WHERE status = 'pending';
