-- The orders and their lines, as they stand by now.

INSERT INTO orders (
    order_id, customer_id, status, subtotal, discount, shipping_fee, shipping_tax_rate,
    shipping_tax, tax, paid_amount, refunded_amount, credited_amount, coupon_code, ship_to,
    ship_to_country, idempotency_key, request_hash, created_at, paid_at, cancelled_at
)
OVERRIDING SYSTEM VALUE
SELECT
    order_id,
    customer_id,
    status,
    subtotal,
    discount,
    4.90 AS shipping_fee,
    0.08 AS shipping_tax_rate,
    0.39 AS shipping_tax,
    tax,
    CASE WHEN status IN ('cancelled', 'pending') THEN 0 ELSE total END AS paid_amount,
    CASE WHEN is_refunded THEN credited_amount ELSE 0 END AS refunded_amount,
    credited_amount,
    CASE WHEN has_coupon THEN 'TENTH' END AS coupon_code,
    ship_to,
    'US' AS ship_to_country,
    md5(order_id::TEXT)::UUID::TEXT AS idempotency_key,
    sha256(int4send(order_id)) AS request_hash,
    created_at,
    CASE WHEN status NOT IN ('cancelled', 'pending') THEN created_at + INTERVAL '5 minutes' END
        AS paid_at,
    CASE WHEN status = 'cancelled' THEN created_at + INTERVAL '1 minute' END AS cancelled_at
FROM priced
ORDER BY order_id;

INSERT INTO order_items (
    order_id, line_no, product_id, sku, product_name, unit_price, unit_cost, tax_class, tax_rate,
    quantity, discount, tax, shipped_quantity, returned_quantity
)
SELECT
    lines.order_id,
    lines.line_no,
    lines.product_id,
    lines.sku,
    lines.name AS product_name,
    lines.price AS unit_price,
    lines.cost AS unit_cost,
    lines.tax_class,
    lines.tax_rate,
    lines.quantity,
    lines.discount,
    lines.tax,
    CASE WHEN priced.status IN ('shipped', 'delivered') THEN lines.quantity ELSE 0 END
        AS shipped_quantity,
    CASE WHEN priced.credit_kind = 'return' AND lines.line_no = 1 THEN lines.quantity ELSE 0 END
        AS returned_quantity
FROM lines
INNER JOIN priced ON lines.order_id = priced.order_id
ORDER BY lines.order_id, lines.line_no;
