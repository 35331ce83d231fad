-- The money: one charge an order, one refund for each order a cancellation touched, in the order
-- it moved. What cost nothing moved none.

INSERT INTO payments (order_id, kind, amount, provider, provider_reference, created_at)
SELECT
    order_id,
    'charge' AS kind,
    total AS amount,
    'import' AS provider,
    idempotency_key AS provider_reference,
    created_at
FROM orders
WHERE total > 0
UNION ALL
SELECT
    orders.order_id,
    'refund' AS kind,
    sum(returns.quantity * order_items.unit_price) AS amount,
    'import' AS provider,
    returns.reason || '/' || orders.idempotency_key AS provider_reference,
    returns.created_at
FROM returns
INNER JOIN order_items
    ON returns.order_id = order_items.order_id AND returns.line_no = order_items.line_no
INNER JOIN orders ON returns.order_id = orders.order_id
GROUP BY orders.order_id, returns.reason, returns.created_at
HAVING sum(returns.quantity * order_items.unit_price) > 0
ORDER BY created_at, kind, order_id, provider_reference;
