-- One of everything that could hide a function from a reader of the statement.
CREATE EXTENSION citext; CREATE EXTENSION hstore; CREATE EXTENSION pg_trgm; CREATE EXTENSION dblink;
CREATE EXTENSION tablefunc; CREATE EXTENSION pg_stat_statements; CREATE EXTENSION pgstattuple;
CREATE EXTENSION postgres_fdw; CREATE EXTENSION btree_gist;

CREATE TABLE marks (who text);
CREATE SEQUENCE counter;
CREATE SCHEMA side;

CREATE FUNCTION volatile_one() RETURNS int LANGUAGE plpgsql AS $$ BEGIN INSERT INTO marks VALUES ('volatile_one'); RETURN 1; END $$;
CREATE FUNCTION stable_one() RETURNS int STABLE LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_advisory_lock(42); RETURN 1; END $$;
CREATE FUNCTION immutable_one(int) RETURNS int IMMUTABLE LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_advisory_lock(42); RETURN $1; END $$;
CREATE FUNCTION side.one() RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE FUNCTION sum_up(VARIADIC int[]) RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE FUNCTION with_defaults(a int DEFAULT 1, b int DEFAULT 2) RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE FUNCTION rows_of() RETURNS TABLE (a int) LANGUAGE sql AS 'SELECT 1';
CREATE FUNCTION initcap(int) RETURNS text LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_advisory_lock(42); RETURN ''; END $$;
CREATE FUNCTION "json_scalar"(int) RETURNS json LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_advisory_lock(42); RETURN '1'; END $$;
CREATE FUNCTION ignore_state(int, int) RETURNS int LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_advisory_lock(42); RETURN 1; END $$;
CREATE AGGREGATE own_sum(int) (SFUNC = ignore_state, STYPE = int);

CREATE TABLE people (id int PRIMARY KEY, name citext, tags hstore, note text, born date);
INSERT INTO people VALUES (1, 'Ana', 'a=>1', 'hello', '2000-01-01'), (2, 'Ben', 'b=>2', NULL, NULL);
CREATE FUNCTION nickname(people) RETURNS text LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_advisory_lock(42); RETURN ''; END $$;

CREATE VIEW harmless AS SELECT p.id, upper(p.note) AS note FROM people p;
CREATE VIEW over_harmless AS SELECT h.id FROM harmless h WHERE h.id = ANY (ARRAY[1, 2]);
CREATE VIEW sleepy AS SELECT id, pg_sleep(0)::text AS s FROM people;
CREATE VIEW touching AS SELECT id, volatile_one() AS v FROM people;
CREATE VIEW over_touching AS SELECT t.id FROM touching t;
CREATE VIEW over_over_touching AS WITH inner_one AS (SELECT * FROM over_touching) SELECT * FROM inner_one;
CREATE VIEW secrets AS SELECT rolname, rolpassword FROM pg_authid;
CREATE MATERIALIZED VIEW counted AS SELECT count(*) AS n FROM people;

CREATE OPERATOR === (LEFTARG = int, RIGHTARG = int, FUNCTION = ignore_state);
CREATE OPERATOR side.+ (LEFTARG = text, RIGHTARG = int, FUNCTION = pg_catalog.repeat);
CREATE VIEW with_operator AS SELECT id === 1 AS e FROM people;

CREATE TYPE mood AS ENUM ('good', 'bad');
CREATE TYPE pair AS (a int, b mood);
CREATE DOMAIN positive AS int CHECK (VALUE > 0);
CREATE FUNCTION is_fine(int) RETURNS bool LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_advisory_lock(42); RETURN true; END $$;
CREATE DOMAIN checked AS int CHECK (is_fine(VALUE));
CREATE TYPE checked_pair AS (a int, b checked);
CREATE DOMAIN locking AS int CHECK (pg_advisory_lock(42) IS NOT NULL);
CREATE TABLE moods (id int, m mood, p pair, ms mood[], pos positive);
INSERT INTO moods VALUES (1, 'good', '(1,bad)', '{good}', 3);
CREATE FUNCTION distance(date, date) RETURNS float8 IMMUTABLE LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_advisory_lock(42); RETURN 1; END $$;
CREATE TYPE days AS RANGE (SUBTYPE = date, SUBTYPE_DIFF = distance);
CREATE TYPE weeks AS RANGE (SUBTYPE = date);

CREATE TYPE casting AS (a int);
CREATE FUNCTION casting_to_text(casting) RETURNS text LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_advisory_lock(42); RETURN ''; END $$;
CREATE CAST (casting AS text) WITH FUNCTION casting_to_text (casting) AS IMPLICIT;
CREATE TABLE castings (c casting);
INSERT INTO castings VALUES ('(1)');

CREATE TABLE guarded (id int);
ALTER TABLE guarded ENABLE ROW LEVEL SECURITY;
CREATE POLICY mine ON guarded FOR SELECT USING (is_fine(id));
CREATE VIEW over_guarded AS SELECT * FROM guarded;
CREATE TABLE politely_guarded (id int, owner name);
ALTER TABLE politely_guarded ENABLE ROW LEVEL SECURITY;
CREATE POLICY mine ON politely_guarded USING (owner = current_user AND (SELECT count(*) FROM people) > 0);

CREATE SERVER elsewhere FOREIGN DATA WRAPPER postgres_fdw;
CREATE FOREIGN TABLE far_away (id int) SERVER elsewhere;
CREATE TABLE parts (id int) PARTITION BY RANGE (id);
CREATE TABLE parts_near PARTITION OF parts FOR VALUES FROM (0) TO (10);
CREATE FOREIGN TABLE parts_far PARTITION OF parts FOR VALUES FROM (10) TO (20) SERVER elsewhere;
CREATE VIEW over_far AS SELECT * FROM far_away;
CREATE TABLE near_parts (id int) PARTITION BY RANGE (id);
CREATE TABLE near_parts_1 PARTITION OF near_parts FOR VALUES FROM (0) TO (10);
