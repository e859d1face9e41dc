-- The sample shop. Deterministic: every value is computed from the row's number, so that
-- two runs at one scale give the same rows. `sample.scale` multiplies the row counts.

CREATE EXTENSION IF NOT EXISTS pg_stat_statements;

CREATE TABLE customers (
    id         bigint      PRIMARY KEY,
    name       text        NOT NULL,
    email      text        NOT NULL UNIQUE,
    country    text        NOT NULL,
    created_at timestamptz NOT NULL
);
COMMENT ON TABLE customers IS 'People who have bought something at least once.';
COMMENT ON COLUMN customers.country IS 'ISO 3166-1 alpha-2; most of our customers are in one of five countries.';

CREATE TABLE orders (
    id          bigint      PRIMARY KEY,
    customer_id bigint      NOT NULL REFERENCES customers (id),
    status      text        NOT NULL CHECK (status IN ('open', 'paid', 'shipped', 'returned')),
    total_cents bigint      NOT NULL,
    note        text,
    placed_at   timestamptz NOT NULL
);
COMMENT ON TABLE orders IS 'One row an order; a few customers place most of them.';
COMMENT ON COLUMN orders.total_cents IS 'Sum of the items at the time of ordering, in euro cents.';

CREATE TABLE order_items (
    order_id    bigint NOT NULL REFERENCES orders (id),
    line        int    NOT NULL,
    product     text   NOT NULL,
    quantity    int    NOT NULL CHECK (quantity > 0),
    price_cents bigint NOT NULL,
    PRIMARY KEY (order_id, line)
);
COMMENT ON TABLE order_items IS 'The lines of an order.';

-- Constraints are checked by hand-made data below; checking half a million foreign keys
-- row by row would take longer than filling the tables.
SET session_replication_role = replica;

INSERT INTO customers
SELECT i,
       (ARRAY['Ana', 'Ben', 'Chidi', 'Dana', 'Emre', 'Fatima', 'Goran', 'Hana', 'Ines', 'Jonas'])[1 + i % 10]
           || ' ' ||
       (ARRAY['Abel', 'Brandt', 'Costa', 'Duarte', 'Eder', 'Fischer', 'Gruber'])[1 + (i / 10) % 7],
       'customer' || i || '@example.com',
       (ARRAY['DE', 'DE', 'DE', 'DE', 'FR', 'FR', 'NL', 'AT', 'PT', 'IS'])[1 + (i * 7919) % 10],
       timestamptz '2022-01-01 00:00:00+00' + (i * 3571 % 86400) * interval '1 second' + (i % 1000) * interval '1 day'
FROM generate_series(1, greatest(10, (20000 * coalesce(nullif(current_setting('sample.scale', true), ''), '1')::numeric)::bigint)) AS i;

-- The cube of an even spread puts half of the orders on an eighth of the customers.
INSERT INTO orders
SELECT i,
       1 + floor(c.n * power((i * 48271 % 99991) / 99991.0::float8, 3))::bigint,
       CASE WHEN i % 100 < 85 THEN 'shipped' WHEN i % 100 < 94 THEN 'paid' WHEN i % 100 < 98 THEN 'open' ELSE 'returned' END,
       500 + (i * 7717 % 20000) + CASE WHEN i % 250 = 0 THEN 150000 ELSE 0 END,
       CASE WHEN i % 20 = 0 THEN 'Please ring twice, parcel ' || i END,
       timestamptz '2024-01-01 00:00:00+00' + (i * 431 % 63072000) * interval '1 second'
FROM (SELECT count(*) AS n FROM customers) AS c,
     generate_series(1, greatest(100, (200000 * coalesce(nullif(current_setting('sample.scale', true), ''), '1')::numeric)::bigint)) AS i;

INSERT INTO order_items
SELECT o.id,
       line,
       'product-' || 1 + floor(500 * power(((o.id * 31 + line * 17) % 9973) / 9973.0::float8, 2))::int,
       1 + ((o.id + line) % 3)::int,
       199 + (o.id * line * 13 % 9000)
FROM orders AS o, generate_series(1, 1 + (o.id % 4)::int) AS line;

RESET session_replication_role;

ANALYZE customers, orders, order_items;
