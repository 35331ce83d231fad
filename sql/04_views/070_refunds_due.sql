-- Whom the store owes money, and how much: for cancelled orders, for units cancelled or sent back,
-- for what was paid too much.

CREATE OR REPLACE VIEW refunds_due WITH (security_invoker = TRUE) AS
WITH balances AS (
    SELECT
        orders.order_id,
        orders.customer_id,
        amount_due(
            orders.status, orders.total, orders.paid_amount, orders.refunded_amount,
            given_back.value
        ) AS amount_due
    FROM orders
    -- An order at a time, by the key of its lines: so the lines of one customer's orders are all
    -- that is read for one customer.
    CROSS JOIN
        LATERAL (
            SELECT
                sum(
                    value_of_units(
                        order_items.cancelled_quantity + order_items.returned_quantity,
                        order_items.quantity, order_items.line_total, order_items.tax,
                        orders.prices_include_tax
                    )
                ) AS value
            FROM order_items
            WHERE order_items.order_id = orders.order_id
        ) AS given_back
    WHERE orders.paid_amount > orders.refunded_amount
)

SELECT
    order_id,
    customer_id,
    amount_due
FROM balances
WHERE amount_due > 0;
COMMENT ON VIEW refunds_due IS
'Orders on which money is owed back, as amount_due() has it; refund_order() settles it.';
COMMENT ON COLUMN refunds_due.order_id IS 'The order.';
COMMENT ON COLUMN refunds_due.customer_id IS 'Who gets it.';
COMMENT ON COLUMN refunds_due.amount_due IS 'What is owed, in the store''s currency.';
