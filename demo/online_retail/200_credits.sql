-- What the customers no longer owed for what came back: an event for each order a cancellation
-- touched, a row for each line of it, however many lines of the cancellation took from that. A unit
-- is worth its price to the last. What had cost nothing lowers nothing.

INSERT INTO credits
(order_id, credit_no, line_no, kind, quantity, net, tax, is_supplied, reason, created_at)
SELECT
    returns.order_id,
    dense_rank() OVER (
        PARTITION BY returns.order_id ORDER BY returns.created_at, returns.reason
    ) AS credit_no,
    returns.line_no,
    'return' AS kind,
    sum(returns.quantity) AS quantity,
    sum(returns.quantity) * order_items.unit_price AS net,
    0.00 AS tax,
    TRUE AS is_supplied,
    returns.reason,
    returns.created_at
FROM returns
INNER JOIN order_items
    ON returns.order_id = order_items.order_id AND returns.line_no = order_items.line_no
WHERE order_items.unit_price > 0
GROUP BY
    returns.order_id, returns.line_no, returns.reason, returns.created_at, order_items.unit_price
ORDER BY returns.created_at, returns.order_id, credit_no, returns.line_no;
