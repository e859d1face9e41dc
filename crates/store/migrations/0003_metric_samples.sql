-- Numbers read at looks at targets. Rows of span_ms 0 are single looks; the others are sums over their span, written
-- along with the looks. Values are thousandths, so that they are whole.
CREATE TABLE metric_sample (
    target_id TEXT NOT NULL,
    name TEXT NOT NULL,
    span_ms BIGINT NOT NULL,
    at_ms BIGINT NOT NULL,
    unit TEXT NOT NULL,
    sum_milli BIGINT NOT NULL,
    looks BIGINT NOT NULL,
    PRIMARY KEY (target_id, name, span_ms, at_ms)
);
CREATE INDEX metric_sample_by_age ON metric_sample (span_ms, at_ms);
