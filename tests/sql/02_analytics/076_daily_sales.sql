-- daily_sales: days from the picture and live ones, worked out by hand. On 30 November 2024, New
-- York time, order 4 was placed, a second before the day ended; on 1 December order 5.
BEGIN;
SELECT plan(11);

CREATE TEMP VIEW days AS
SELECT
    sale_date::TEXT AS sale_date,
    orders::INT AS orders,
    revenue,
    unique_customers::INT AS unique_customers
FROM daily_sales WHERE sale_date BETWEEN '2024-11-28' AND '2024-12-02';

SELECT is(
    (SELECT count(*) FROM sales_days_since_refresh()), (SELECT count(*) FROM daily_sales),
    'before the first refresh every day is computed'
);
SELECT refresh_daily_sales();
SELECT results_eq(
    'SELECT * FROM days ORDER BY 1',
    $$VALUES ('2024-11-30', 1, 49.50, 1), ('2024-12-01', 1, 32.54, 1)$$,
    'a day is the day of the store''s clock'
);
SELECT is_empty('SELECT * FROM sales_days_since_refresh()', 'after a refresh no day is computed');

UPDATE orders SET created_at = created_at + INTERVAL '1 second' WHERE order_id = 4;
SELECT results_eq(
    'SELECT * FROM days ORDER BY 1', $$VALUES ('2024-12-01', 2, 82.04, 2)$$,
    'a sale moved by a second moves to the next day'
);
SELECT set_eq(
    'SELECT sale_date::TEXT FROM sales_days_since_refresh()', ARRAY['2024-11-30', '2024-12-01'],
    'both days are computed'
);
SELECT results_eq(
    $$SELECT
        (details ->> 'from')::TIMESTAMPTZ,
        (details ->> 'to')::TIMESTAMPTZ - created_at,
        details - '{from,to}'::TEXT[]
    FROM order_audit INNER JOIN orders USING (order_id)
    WHERE order_id = 4 AND action = 'redated'$$,
    $$VALUES ('2024-11-30 23:59:59 America/New_York'::TIMESTAMPTZ, INTERVAL '0', '{}'::JSONB)$$,
    'the audit trail tells both dates'
);
SELECT results_eq(
    $$SELECT orders::INT FROM mv_daily_sales WHERE sale_date = '2024-12-01'$$, ARRAY[1],
    'the picture shows what it showed'
);
UPDATE orders SET created_at = created_at WHERE order_id = 4;
UPDATE orders SET expires_at = expires_at + INTERVAL '1 day' WHERE order_id = 45;
SELECT is(
    (SELECT count(*) FROM order_audit WHERE action = 'redated'), 1::BIGINT,
    'the same date is no other, and no other column is a date'
);

-- Past the functions, and so past the audit trail.
INSERT INTO orders (customer_id, subtotal, ship_to_country, created_at)
VALUES (1, 10, 'US', '2024-11-29 12:00Z');
SELECT set_eq(
    $$SELECT invariant FROM integrity_violations WHERE invariant ~ '^(audit|daily)_'$$,
    ARRAY['audit_tells_what_is_booked', 'daily_sales_equals_live'],
    'an order nobody tells of is found'
);

INSERT INTO order_audit (order_id, action, details)
SELECT
    max(order_id) AS order_id,
    'placed' AS action,
    '{"total": 10}' AS details
FROM orders;
SELECT is_empty(
    $$SELECT invariant FROM integrity_violations WHERE invariant = 'daily_sales_equals_live'$$,
    'and once it is told its day is right'
);

UPDATE store_settings SET time_zone = 'UTC';
SELECT results_eq(
    $$SELECT * FROM days WHERE sale_date > '2024-11-29' ORDER BY 1$$,
    $$VALUES ('2024-12-01', 2, 82.04, 2)$$,
    'another zone cuts other days'
);

SELECT * FROM finish();
ROLLBACK;
