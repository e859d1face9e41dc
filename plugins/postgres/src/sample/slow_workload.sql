-- What the shop's pages ask for all day. No index on orders.customer_id: each of the
-- first kind reads the whole table. Repeated so that pg_stat_statements counts them.

SELECT id, status, total_cents FROM orders WHERE customer_id = 1 ORDER BY placed_at DESC LIMIT 20;
SELECT id, status, total_cents FROM orders WHERE customer_id = 2 ORDER BY placed_at DESC LIMIT 20;
SELECT id, status, total_cents FROM orders WHERE customer_id = 5 ORDER BY placed_at DESC LIMIT 20;
SELECT id, status, total_cents FROM orders WHERE customer_id = 17 ORDER BY placed_at DESC LIMIT 20;
SELECT id, status, total_cents FROM orders WHERE customer_id = 42 ORDER BY placed_at DESC LIMIT 20;
SELECT id, status, total_cents FROM orders WHERE customer_id = 99 ORDER BY placed_at DESC LIMIT 20;
SELECT id, status, total_cents FROM orders WHERE customer_id = 7 ORDER BY placed_at DESC LIMIT 20;
SELECT id, status, total_cents FROM orders WHERE customer_id = 150 ORDER BY placed_at DESC LIMIT 20;
SELECT id, status, total_cents FROM orders WHERE customer_id = 23 ORDER BY placed_at DESC LIMIT 20;
SELECT id, status, total_cents FROM orders WHERE customer_id = 68 ORDER BY placed_at DESC LIMIT 20;

SELECT c.name, count(*), sum(o.total_cents) FROM orders o JOIN customers c ON c.id = o.customer_id WHERE o.customer_id = 1 AND o.placed_at >= timestamptz '2024-06-01' GROUP BY c.name;
SELECT c.name, count(*), sum(o.total_cents) FROM orders o JOIN customers c ON c.id = o.customer_id WHERE o.customer_id = 3 AND o.placed_at >= timestamptz '2024-06-01' GROUP BY c.name;
SELECT c.name, count(*), sum(o.total_cents) FROM orders o JOIN customers c ON c.id = o.customer_id WHERE o.customer_id = 9 AND o.placed_at >= timestamptz '2024-06-01' GROUP BY c.name;
SELECT c.name, count(*), sum(o.total_cents) FROM orders o JOIN customers c ON c.id = o.customer_id WHERE o.customer_id = 27 AND o.placed_at >= timestamptz '2024-06-01' GROUP BY c.name;
SELECT c.name, count(*), sum(o.total_cents) FROM orders o JOIN customers c ON c.id = o.customer_id WHERE o.customer_id = 81 AND o.placed_at >= timestamptz '2024-06-01' GROUP BY c.name;

SELECT i.product, sum(i.quantity * i.price_cents) AS revenue FROM order_items i JOIN orders o ON o.id = i.order_id JOIN customers c ON c.id = o.customer_id WHERE c.country = 'DE' AND o.status <> 'returned' GROUP BY i.product ORDER BY revenue DESC LIMIT 10;
SELECT i.product, sum(i.quantity * i.price_cents) AS revenue FROM order_items i JOIN orders o ON o.id = i.order_id JOIN customers c ON c.id = o.customer_id WHERE c.country = 'FR' AND o.status <> 'returned' GROUP BY i.product ORDER BY revenue DESC LIMIT 10;
SELECT i.product, sum(i.quantity * i.price_cents) AS revenue FROM order_items i JOIN orders o ON o.id = i.order_id JOIN customers c ON c.id = o.customer_id WHERE c.country = 'IS' AND o.status <> 'returned' GROUP BY i.product ORDER BY revenue DESC LIMIT 10;
