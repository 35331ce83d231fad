-- Money that was given back, as every report counts it: by us or by the bank, and not on a
-- cancelled order, whose revenue is in no report either.

CREATE OR REPLACE VIEW counted_refunds WITH (security_invoker = TRUE) AS
SELECT
    payments.order_id,
    orders.customer_id,
    payments.kind,
    payments.amount,
    payments.created_at
FROM payments
INNER JOIN orders ON payments.order_id = orders.order_id
WHERE
    payments.kind <> 'charge'  -- as payments_given_back_idx says it
    AND orders.status <> 'cancelled';
COMMENT ON VIEW counted_refunds IS
'Refunds and chargebacks on orders that were not cancelled; dated when they were recorded.';
COMMENT ON COLUMN counted_refunds.order_id IS 'The order.';
COMMENT ON COLUMN counted_refunds.customer_id IS 'Whose order.';
COMMENT ON COLUMN counted_refunds.kind IS 'refund or chargeback.';
COMMENT ON COLUMN counted_refunds.amount IS 'What was given back.';
COMMENT ON COLUMN counted_refunds.created_at IS 'When; decides the month of the refund.';
