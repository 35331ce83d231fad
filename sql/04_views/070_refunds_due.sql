-- Whom the store owes money, and how much: for cancelled orders, for units cancelled or sent back,
-- for allowances, for what was paid too much. An index holds these orders and no others.

CREATE OR REPLACE VIEW refunds_due WITH (security_invoker = TRUE) AS
SELECT
    order_id,
    customer_id,
    round(-balance, decimals) AS amount_due
FROM orders
WHERE balance < 0;
COMMENT ON VIEW refunds_due IS
'Orders on which money is owed back: worth less than the money held; refund_order() settles it.';
COMMENT ON COLUMN refunds_due.amount_due IS 'In the store''s currency.';
