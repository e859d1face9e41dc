-- Fills from the JSON bodies what is written beside them from now on.
UPDATE chat_message SET said = substr(lower(json_extract(body, '$.content')), 1, 4000)
WHERE json_extract(body, '$.role') IN ('user', 'assistant') AND json_extract(body, '$.content') <> '';

UPDATE chat_session SET preview = COALESCE((
    SELECT substr(replace(json_extract(m.body, '$.content'), char(10), ' '), 1, 160)
    FROM chat_message m
    WHERE m.session_id = chat_session.id AND m.said IS NOT NULL
    ORDER BY m.ordinal DESC LIMIT 1
), '');
