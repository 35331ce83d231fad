-- Which orders were placed when, by whom, and what became of them: app.first_order to
-- app.last_order of app.orders, evenly over time up to app.filled_at. Of a hundred two are
-- cancelled, five send a line back after ten days, one gets an allowance, five carry a coupon; a
-- parcel leaves after a day and arrives after three. The last three days' are still pending, paid
-- or on their way.
--
-- So a hundred orders have 98 charges and invoices and six refunds and credit notes, whose keys
-- follow one another without gaps, as a sequence's do.

CREATE TEMPORARY TABLE placed ON COMMIT DROP AS
SELECT
    dated.order_id,
    dated.created_at,
    (dated.order_id - 1) / 10 + 1 + dated.order_id::BIGINT * 7919 % 200 AS customer_id,
    dated.created_at + INTERVAL '1 day' AS shipped_at,
    dated.created_at + INTERVAL '3 days' AS delivered_at,
    dated.order_id % 20 = 9 AS has_coupon,
    104 * (dated.order_id / 100) + dated.order_id % 100 - 1 AS key,
    104 * (dated.order_id / 100) + dated.order_id % 100 + 97 AS credit_key,
    CASE
        WHEN dated.order_id % 100 < 2 THEN 'cancelled'
        WHEN dated.age < INTERVAL '3 days' AND dated.order_id % 5 = 0 THEN 'pending'
        WHEN dated.age < INTERVAL '1 day' THEN 'paid'
        WHEN dated.age < INTERVAL '3 days' THEN 'shipped'
        ELSE 'delivered'
    END AS status,
    CASE
        WHEN dated.order_id % 100 BETWEEN 2 AND 6 AND dated.age > INTERVAL '12 days' THEN 'return'
        WHEN dated.order_id % 100 = 7 AND dated.age > INTERVAL '12 days' THEN 'allowance'
    END AS credit_kind,
    dated.age > INTERVAL '40 days' OR dated.order_id % 100 <> 7 AS is_refunded
FROM (
    SELECT
        order_id,
        created_at,
        current_setting('app.filled_at')::TIMESTAMPTZ - created_at AS age
    FROM
        generate_series(
            current_setting('app.first_order')::INT, current_setting('app.last_order')::INT
        ) AS order_id
    CROSS JOIN
        LATERAL (
            SELECT
                current_setting('app.filled_at')::TIMESTAMPTZ - INTERVAL '10 minutes'
                - (current_setting('app.orders')::INT - order_id) * INTERVAL '1 day'
                / current_setting('app.orders_a_day')::INT AS created_at
        ) AS spread
) AS dated;
