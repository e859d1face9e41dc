-- Traps that a superuser set before we came: harmless names that read files, take locks or move a sequence.
CREATE TABLE victim (id int PRIMARY KEY, t text);
INSERT INTO victim SELECT i, 'x' || i FROM generate_series(1, 50) i;
CREATE SEQUENCE counter;
CREATE EXTENSION file_fdw; CREATE EXTENSION dblink; CREATE EXTENSION postgres_fdw; CREATE EXTENSION hypopg;

CREATE FUNCTION peek(text) RETURNS text LANGUAGE sql STABLE AS 'SELECT pg_read_file($1)';
CREATE FUNCTION peek_quietly(text) RETURNS text LANGUAGE sql IMMUTABLE SECURITY DEFINER AS 'SELECT pg_read_file($1)';
CREATE FUNCTION peek_state(text, text) RETURNS text LANGUAGE sql AS 'SELECT pg_read_file($2)';
CREATE FUNCTION step_on() RETURNS bigint LANGUAGE sql AS 'SELECT nextval(''counter'')';
CREATE PROCEDURE proceed() LANGUAGE sql AS 'SELECT nextval(''counter'')';

CREATE VIEW peeking AS SELECT pg_read_file('PG_VERSION') AS t;
CREATE VIEW peeking_deep AS SELECT t FROM (SELECT peek('PG_VERSION') AS t) AS inner_one;
CREATE VIEW locking AS SELECT id FROM victim FOR UPDATE;
CREATE VIEW sequence_moving AS SELECT v.id FROM victim v, LATERAL (SELECT step_on()) AS s;
CREATE VIEW settled AS SELECT set_config('search_path', 'pg_temp', false) AS t;

CREATE OPERATOR @@@@ (RIGHTARG = text, FUNCTION = peek);
CREATE AGGREGATE peek_all (text) (SFUNC = peek_state, STYPE = text);
CREATE TYPE place AS (p text);
CREATE FUNCTION place_text(place) RETURNS text LANGUAGE sql AS 'SELECT pg_read_file(($1).p)';
CREATE CAST (place AS text) WITH FUNCTION place_text (place) AS IMPLICIT;
CREATE TABLE places (p place);
INSERT INTO places VALUES (ROW('PG_VERSION'));
CREATE DOMAIN read_first AS text CHECK (pg_read_file('PG_VERSION') IS NOT NULL);
CREATE TABLE watched (id int);
ALTER TABLE watched ENABLE ROW LEVEL SECURITY;
ALTER TABLE watched FORCE ROW LEVEL SECURITY;
CREATE POLICY look ON watched USING (peek_quietly('PG_VERSION') IS NOT NULL);

CREATE SERVER files FOREIGN DATA WRAPPER file_fdw;
CREATE FOREIGN TABLE passwd (line text) SERVER files OPTIONS (filename '/etc/passwd');
CREATE FOREIGN TABLE program (line text) SERVER files OPTIONS (program 'echo ran');
CREATE VIEW over_passwd AS SELECT line FROM passwd;
CREATE SERVER elsewhere FOREIGN DATA WRAPPER postgres_fdw;
CREATE FOREIGN TABLE far_away (id int) SERVER elsewhere;
GRANT SELECT ON ALL TABLES IN SCHEMA public TO PUBLIC;
GRANT ALL ON FOREIGN SERVER files, elsewhere TO PUBLIC;
