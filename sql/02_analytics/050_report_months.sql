-- The months that monthly reports have a row for: every one from the first to the last with a
-- counted order or refund, so that no series has a gap. Each knows the instants it spans: a report
-- asks for them by index and never converts a row's time.

CREATE OR REPLACE VIEW report_months WITH (security_invoker = TRUE) AS
WITH first_and_last_order AS (
    SELECT
        min(created_at) AS first_at,
        max(created_at) AS last_at
    FROM orders
    WHERE status <> 'cancelled'
),

-- One step along an index each, like min and max above; those over a join would read it all.
first_refund AS (
    SELECT created_at AS first_at
    FROM counted_refunds
    ORDER BY created_at ASC
    LIMIT 1
),

last_refund AS (
    SELECT created_at AS last_at
    FROM counted_refunds
    ORDER BY created_at DESC
    LIMIT 1
),

first_and_last_time AS (
    SELECT
        store_settings.time_zone,
        least(first_and_last_order.first_at, first_refund.first_at)
        AT TIME ZONE store_settings.time_zone AS first_time,
        greatest(first_and_last_order.last_at, last_refund.last_at)
        AT TIME ZONE store_settings.time_zone AS last_time
    FROM store_settings
    CROSS JOIN first_and_last_order
    LEFT JOIN first_refund ON TRUE
    LEFT JOIN last_refund ON TRUE
    WHERE store_settings.is_only_row  -- tells the planner that there is one
),

-- Through an array: the planner takes one for 10 rows and a series for 1,000, enough to make it
-- compile (JIT) what runs for milliseconds.
months AS (
    SELECT
        time_zone,
        unnest(ARRAY(
            SELECT generate_series(
                date_trunc('month', first_time), date_trunc('month', last_time), INTERVAL '1 month'
            )
        )) AS month
    FROM first_and_last_time
)

SELECT
    month::DATE AS month,
    first_instant_of(month, time_zone) AS starts_at,
    first_instant_of(month + INTERVAL '1 month', time_zone) AS ends_at
FROM months;
COMMENT ON VIEW report_months IS
'Store months from the first to the last with a counted order or refund, without a gap.';
COMMENT ON COLUMN report_months.month IS 'First day of the month.';
COMMENT ON COLUMN report_months.starts_at IS 'Its first instant, in the store''s zone.';
COMMENT ON COLUMN report_months.ends_at IS 'The first instant of the next month.';
