-- Who owes the store money for goods that left, or may leave before they are paid, or for money a
-- bank took back on an order worth nothing. An unpaid order that nobody released is no receivable:
-- it expires. Written-off ones are left out.

CREATE OR REPLACE VIEW receivables WITH (security_invoker = TRUE) AS
SELECT
    orders.order_id,
    orders.customer_id,
    round(orders.balance, orders.decimals) AS amount_owed,
    greatest(
        least(parcels.first_shipped_at, orders.released_at),
        (
            SELECT max(payments.occurred_at)
            FROM payments
            WHERE payments.order_id = orders.order_id AND payments.kind = 'chargeback'
        )
    ) AS since
FROM unsettled_orders
INNER JOIN orders
    ON
        unsettled_orders.customer_id = orders.customer_id
        AND unsettled_orders.order_id = orders.order_id
CROSS JOIN
    LATERAL (
        SELECT min(shipments.shipped_at) AS first_shipped_at
        FROM shipments
        WHERE shipments.order_id = orders.order_id
    ) AS parcels
WHERE
    orders.balance > 0
    AND orders.written_off_at IS NULL
    AND (
        num_nonnulls(parcels.first_shipped_at, orders.released_at) > 0
        OR orders.status = 'cancelled'
        OR orders.credited_amount = orders.total
    );
COMMENT ON VIEW receivables IS
'Orders on which money is owed to the store: with a parcel out, released, or worth nothing any
more, and not written off.';
COMMENT ON COLUMN receivables.since IS
'The first parcel or the release, whichever came first, or, if later, the last chargeback.';
