-- One word for which API a provider speaks, the same here, on the wire and on the page.
ALTER TABLE model_provider RENAME COLUMN dialect TO kind;
UPDATE model_provider SET kind = 'openai' WHERE kind = 'openai_chat';
