-- Which orders wait, for what, and since when. Only unsettled orders are read, so that it stays
-- fast however long the history.

CREATE OR REPLACE VIEW order_backlog WITH (security_invoker = TRUE) AS
WITH waiting_orders AS (
    SELECT
        orders.order_id,
        orders.customer_id,
        orders.created_at,
        orders.paid_at,
        orders.released_at,
        orders.total,
        CASE
            WHEN
                orders.released_at IS NULL
                AND (orders.status = 'pending' OR (orders.status = 'paid' AND orders.balance > 0))
                THEN 'payment'
            WHEN
                EXISTS (
                    SELECT
                    FROM order_items
                    WHERE
                        order_items.order_id = orders.order_id
                        AND order_items.quantity
                        > order_items.shipped_quantity + order_items.cancelled_quantity
                )
                THEN 'shipment'
            ELSE 'delivery'
        END AS waiting_for
    FROM unsettled_orders
    INNER JOIN orders
        ON
            unsettled_orders.customer_id = orders.customer_id
            AND unsettled_orders.order_id = orders.order_id
    WHERE orders.status IN ('pending', 'paid', 'shipped')
)

SELECT
    waiting_orders.order_id,
    waiting_orders.customer_id,
    waiting_orders.waiting_for,
    CASE waiting_orders.waiting_for
        WHEN 'payment'
            THEN greatest(
                waiting_orders.created_at,
                (
                    SELECT max(payments.occurred_at)
                    FROM payments
                    WHERE
                        payments.order_id = waiting_orders.order_id
                        AND payments.kind = 'chargeback'
                )
            )
        WHEN 'shipment' THEN least(waiting_orders.paid_at, waiting_orders.released_at)
        ELSE (
            SELECT max(parcels_under_way.shipped_at)
            FROM parcels_under_way
            WHERE parcels_under_way.order_id = waiting_orders.order_id
        )
    END AS waiting_since,
    waiting_orders.total
FROM waiting_orders;
COMMENT ON VIEW order_backlog IS 'Open orders: what each waits for, and since when.';
COMMENT ON COLUMN order_backlog.waiting_for IS
'payment (by the customer: not released, and not paid yet or charged back), shipment (by the store,
all of it or the rest), delivery (by the carrier).';
COMMENT ON COLUMN order_backlog.waiting_since IS
'payment: when it was placed or last charged back; shipment: when it was paid or released,
whichever came first; delivery: when the last parcel still under way left.';
COMMENT ON COLUMN order_backlog.total IS 'As ordered.';
