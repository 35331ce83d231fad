-- The money: one charge an order, one refund a credit event, in the order it moved. What cost
-- nothing moved none.

INSERT INTO payments
(order_id, kind, amount, provider, provider_reference, occurred_at, created_at)
WITH movements AS (
    SELECT
        order_id,
        'charge' AS kind,
        total AS amount,
        idempotency_key AS provider_reference,
        created_at
    FROM orders
    WHERE total > 0
    UNION ALL
    SELECT
        credits.order_id,
        'refund' AS kind,
        sum(credits.amount) AS amount,
        credits.reason || '/' || orders.idempotency_key AS provider_reference,
        credits.created_at
    FROM credits
    INNER JOIN orders ON credits.order_id = orders.order_id
    GROUP BY
        credits.order_id, credits.credit_no, credits.reason, orders.idempotency_key,
        credits.created_at
)

SELECT
    order_id,
    kind,
    amount,
    'import' AS provider,
    provider_reference,
    created_at AS occurred_at,
    created_at
FROM movements
ORDER BY created_at, kind, order_id, provider_reference;
