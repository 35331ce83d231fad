-- What each provider moved each day, to lay beside its statement. Every payment counts, on
-- cancelled orders too: the provider's statement knows no orders. Day by day through the index on
-- occurred_at, so that WHERE payment_date = x reads the payments of that day.

CREATE OR REPLACE VIEW payment_reconciliation WITH (security_invoker = TRUE) AS
-- Where clocks go back past midnight, a day has its last hours after the next has begun: so it is
-- looked at up to the second midnight, a day more at both ends, and each payment asked for its day.
WITH first_and_last AS (
    SELECT
        min(occurred_at) - INTERVAL '1 day' AS first_at,
        max(occurred_at) + INTERVAL '1 day' AS last_at
    FROM payments
),

-- Through an array, as in store_months().
days AS (
    SELECT
        store_settings.time_zone,
        store_settings.currency_decimals,
        unnest(ARRAY(
            SELECT generate_series(
                date_trunc('day', first_and_last.first_at AT TIME ZONE store_settings.time_zone),
                first_and_last.last_at AT TIME ZONE store_settings.time_zone,
                INTERVAL '1 day'
            )
        )) AS payment_day
    FROM first_and_last
    CROSS JOIN store_settings
    WHERE store_settings.is_only_row  -- tells the planner that there is one
),

daily_sums AS (
    SELECT
        days.payment_day::DATE AS payment_date,
        days.currency_decimals,
        moved.*
    FROM days
    CROSS JOIN LATERAL first_instant_of(days.payment_day, days.time_zone) AS starts_at
    CROSS JOIN LATERAL (
        SELECT
            provider,
            coalesce(sum(amount) FILTER (WHERE kind = 'charge'), 0) AS charges,
            coalesce(sum(amount) FILTER (WHERE kind = 'refund'), 0) AS refunds,
            coalesce(sum(amount) FILTER (WHERE kind = 'chargeback'), 0) AS chargebacks,
            coalesce(sum(amount) FILTER (WHERE kind = 'reversal'), 0) AS reversals,
            count(*) AS payment_count
        FROM payments
        WHERE
            occurred_at >= starts_at
            AND occurred_at < (days.payment_day + INTERVAL '1 day') AT TIME ZONE days.time_zone
            AND date_trunc('day', occurred_at AT TIME ZONE days.time_zone) = days.payment_day
        GROUP BY provider
    ) AS moved
)

SELECT
    payment_date,
    provider,
    round(charges, currency_decimals) AS charges,
    round(refunds, currency_decimals) AS refunds,
    round(chargebacks, currency_decimals) AS chargebacks,
    round(reversals, currency_decimals) AS reversals,
    round(charges - refunds - chargebacks - reversals, currency_decimals) AS net,
    payment_count
FROM daily_sums;
COMMENT ON VIEW payment_reconciliation IS
'Money each provider moved on each store day it moved any; nothing is left out.';
COMMENT ON COLUMN payment_reconciliation.payment_date IS
'Store day of when the provider says it moved; a provider''s own day may differ by one.';
COMMENT ON COLUMN payment_reconciliation.charges IS
'What came; a charge that was moved from another order is among them.';
COMMENT ON COLUMN payment_reconciliation.reversals IS
'What had been booked on the wrong order; no money moved. Booked anew, it is in charges again.';
COMMENT ON COLUMN payment_reconciliation.net IS 'charges less the other three.';
