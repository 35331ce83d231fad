-- What the orders leave behind: stock that was enough for them, numbers that go on after theirs,
-- and documents for all that is to come.

INSERT INTO stock_adjustments (product_id, quantity, reason, reference, unit_cost, created_at)
SELECT
    product_id,
    sum(quantity) + 50 AS quantity,
    'receipt' AS reason,
    'note ' || product_id AS reference,
    5 AS unit_cost,
    (SELECT min(orders.created_at) FROM orders) AS created_at
FROM order_items
GROUP BY product_id
ORDER BY product_id;

UPDATE inventory SET
    on_hand = sold.quantity + 50 - sold.shipped_quantity + sold.returned_quantity,
    reserved = sold.reserved
FROM (
    SELECT
        order_items.product_id,
        sum(order_items.quantity) AS quantity,
        sum(order_items.shipped_quantity) AS shipped_quantity,
        sum(order_items.returned_quantity) AS returned_quantity,
        coalesce(
            sum(order_items.quantity) FILTER (WHERE orders.status IN ('pending', 'paid')), 0
        ) AS reserved
    FROM order_items
    INNER JOIN orders ON order_items.order_id = orders.order_id
    GROUP BY order_items.product_id
) AS sold
WHERE inventory.product_id = sold.product_id;

-- Where triggers slept while the orders came.
INSERT INTO unsettled_orders (order_id, customer_id, expires_at, is_refund_due)
SELECT
    order_id,
    customer_id,
    expires_at,
    is_refund_due
FROM _live_unsettled_orders()
ON CONFLICT (customer_id, order_id) DO NOTHING;

UPDATE store_settings SET documents_from = '2000-01-01 00:00+00';

SELECT setval(position.sequence_oid::REGCLASS, position.highest_key)
FROM sequence_positions() AS position
WHERE position.highest_key > position.last_value;
