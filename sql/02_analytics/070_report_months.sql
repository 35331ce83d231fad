-- The months that monthly reports have a row for: every one from the first to the last with a
-- counted order or credit, so that no series has a gap.

CREATE OR REPLACE VIEW report_months WITH (security_invoker = TRUE) AS
WITH first_and_last_order AS (
    SELECT
        min(created_at) AS first_at,
        max(created_at) AS last_at
    FROM orders
    WHERE status <> 'cancelled'
),

-- One step along an index each, like min and max above; those over a join would read it all.
first_credit AS (
    SELECT created_at AS first_at
    FROM counted_credits
    ORDER BY created_at ASC
    LIMIT 1
),

last_credit AS (
    SELECT created_at AS last_at
    FROM counted_credits
    ORDER BY created_at DESC
    LIMIT 1
)

SELECT
    months.month,
    months.starts_at,
    months.ends_at
FROM first_and_last_order
LEFT JOIN first_credit ON TRUE
LEFT JOIN last_credit ON TRUE
CROSS JOIN LATERAL store_months(
    least(first_and_last_order.first_at, first_credit.first_at),
    greatest(first_and_last_order.last_at, last_credit.last_at)
) AS months;
COMMENT ON VIEW report_months IS
'Store months from the first to the last with a counted order or credit, without a gap.';
COMMENT ON COLUMN report_months.month IS 'First day of the month.';
COMMENT ON COLUMN report_months.ends_at IS 'The first instant of the next month.';
