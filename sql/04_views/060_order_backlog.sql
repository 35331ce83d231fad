-- Which orders wait, for what, and since when. Only open orders are read, by the index that holds
-- no others, so that it stays fast however long the history.

CREATE OR REPLACE VIEW order_backlog WITH (security_invoker = TRUE) AS
SELECT
    orders.order_id,
    orders.customer_id,
    CASE orders.status
        WHEN 'pending' THEN 'payment'
        WHEN 'paid' THEN 'shipment'
        WHEN 'shipped' THEN 'delivery'
    END AS waiting_for,
    CASE orders.status
        WHEN 'pending' THEN orders.created_at
        -- When the money first sufficed; an order of total 0 was paid as it was placed.
        WHEN 'paid'
            THEN coalesce(
                (
                    SELECT min(balances.created_at)
                    FROM (
                        SELECT
                            payments.created_at,
                            sum(
                                CASE payments.kind
                                    WHEN 'charge' THEN payments.amount
                                    ELSE -payments.amount
                                END
                            ) OVER (ORDER BY payments.payment_id) AS kept
                        FROM payments
                        WHERE payments.order_id = orders.order_id
                    ) AS balances
                    WHERE balances.kept >= orders.total
                ),
                orders.created_at
            )
        WHEN 'shipped'
            THEN (
                SELECT max(shipments.shipped_at)
                FROM shipments
                WHERE shipments.order_id = orders.order_id
            )
    END AS waiting_since,
    orders.total
FROM orders
WHERE orders.status IN ('pending', 'paid', 'shipped');
COMMENT ON VIEW order_backlog IS 'Open orders: what each waits for, and since when.';
COMMENT ON COLUMN order_backlog.order_id IS 'The order.';
COMMENT ON COLUMN order_backlog.customer_id IS 'Whose order.';
COMMENT ON COLUMN order_backlog.waiting_for IS
'payment (by the customer), shipment (by the store, all of it or the rest), delivery (by the
carrier).';
COMMENT ON COLUMN order_backlog.waiting_since IS
'When it was placed, when its money first sufficed, or when its last parcel left.';
COMMENT ON COLUMN order_backlog.total IS 'What it comes to.';
