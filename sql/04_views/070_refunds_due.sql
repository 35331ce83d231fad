-- Whom the store owes money, and how much: for cancelled orders, for units cancelled or sent back,
-- for allowances, for what was paid too much.

CREATE OR REPLACE VIEW refunds_due WITH (security_invoker = TRUE) AS
SELECT
    orders.order_id,
    orders.customer_id,
    round(-orders.balance, orders.decimals) AS amount_due
FROM unsettled_orders
INNER JOIN orders
    ON
        unsettled_orders.customer_id = orders.customer_id
        AND unsettled_orders.order_id = orders.order_id
WHERE unsettled_orders.is_refund_due;
COMMENT ON VIEW refunds_due IS
'Orders on which money is owed back: worth less than the money held; refund_order() settles it.';
