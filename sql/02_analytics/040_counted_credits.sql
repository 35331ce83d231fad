-- What was taken off orders after they were placed, as every report counts it: not from a cancelled
-- order, whose revenue is in no report either.

CREATE OR REPLACE VIEW counted_credits WITH (security_invoker = TRUE) AS
SELECT
    credits.order_id,
    credits.line_no,
    orders.customer_id,
    credits.kind,
    credits.net,
    credits.tax,
    credits.amount,
    credits.created_at
FROM credits
INNER JOIN orders ON credits.order_id = orders.order_id
WHERE orders.status <> 'cancelled';
COMMENT ON VIEW counted_credits IS
'Credits of orders that were not cancelled; dated when they were granted, by created_at.';
COMMENT ON COLUMN counted_credits.line_no IS 'NULL = the delivery.';
