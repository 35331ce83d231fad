-- What each provider moved each day, to lay beside its statement. Every payment counts, on
-- cancelled orders too: the provider's statement knows no orders.

CREATE OR REPLACE VIEW payment_reconciliation WITH (security_invoker = TRUE) AS
WITH dated_payments AS (
    SELECT
        payments.provider,
        payments.kind,
        payments.amount,
        (payments.created_at AT TIME ZONE store_settings.time_zone)::DATE AS payment_date
    FROM payments
    CROSS JOIN store_settings
),

daily_sums AS (
    SELECT
        payment_date,
        provider,
        coalesce(sum(amount) FILTER (WHERE kind = 'charge'), 0.00) AS charges,
        coalesce(sum(amount) FILTER (WHERE kind = 'refund'), 0.00) AS refunds,
        coalesce(sum(amount) FILTER (WHERE kind = 'chargeback'), 0.00) AS chargebacks,
        count(*) AS payment_count
    FROM dated_payments
    GROUP BY payment_date, provider
)

SELECT
    payment_date,
    provider,
    charges,
    refunds,
    chargebacks,
    charges - refunds - chargebacks AS net,
    payment_count
FROM daily_sums;
COMMENT ON VIEW payment_reconciliation IS
'Money each provider moved on each store day it moved any; nothing is left out.';
COMMENT ON COLUMN payment_reconciliation.payment_date IS
'Store day the payment was recorded; a provider''s own day may differ by one.';
COMMENT ON COLUMN payment_reconciliation.provider IS 'Who moved it.';
COMMENT ON COLUMN payment_reconciliation.charges IS 'What came.';
COMMENT ON COLUMN payment_reconciliation.refunds IS 'What the store gave back.';
COMMENT ON COLUMN payment_reconciliation.chargebacks IS 'What the banks took back.';
COMMENT ON COLUMN payment_reconciliation.net IS 'charges less refunds and chargebacks.';
COMMENT ON COLUMN payment_reconciliation.payment_count IS 'How many movements that was.';
