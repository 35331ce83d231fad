-- A parcel each, what came back of it, and what that took off.

INSERT INTO shipments (
    shipment_id, order_id, carrier, tracking_number, shipped_at, delivered_at, delivery_net,
    delivery_tax
)
OVERRIDING SYSTEM VALUE
SELECT
    order_id AS shipment_id,
    order_id,
    'DHL' AS carrier,
    '0034043416' || order_id AS tracking_number,
    shipped_at,
    CASE status WHEN 'delivered' THEN delivered_at END AS delivered_at,
    4.90 AS delivery_net,
    0.39 AS delivery_tax
FROM priced
WHERE status IN ('shipped', 'delivered')
ORDER BY order_id;

INSERT INTO shipment_items (shipment_id, order_id, line_no, quantity, net, tax)
SELECT
    lines.order_id AS shipment_id,
    lines.order_id,
    lines.line_no,
    lines.quantity,
    lines.value - lines.discount AS net,
    lines.tax
FROM lines
INNER JOIN priced ON lines.order_id = priced.order_id
WHERE priced.status IN ('shipped', 'delivered')
ORDER BY lines.order_id, lines.line_no;

INSERT INTO returns (order_id, line_no, shipment_id, quantity, created_at)
SELECT
    order_id,
    1 AS line_no,
    order_id AS shipment_id,
    line_quantity AS quantity,
    created_at + INTERVAL '10 days' AS created_at
FROM priced
WHERE credit_kind = 'return'
ORDER BY order_id;

INSERT INTO credits (
    order_id, credit_no, line_no, kind, quantity, net, tax, is_supplied, created_at
)
SELECT
    order_id,
    1 AS credit_no,
    1 AS line_no,
    credit_kind AS kind,
    CASE credit_kind WHEN 'return' THEN line_quantity END AS quantity,
    CASE credit_kind
        WHEN 'return' THEN line_net
        ELSE 1 - round(line_tax / (line_net + line_tax), 2)
    END AS net,
    CASE credit_kind WHEN 'return' THEN line_tax ELSE round(line_tax / (line_net + line_tax), 2) END
        AS tax,
    TRUE AS is_supplied,
    created_at + INTERVAL '10 days' AS created_at
FROM priced
WHERE credit_kind IS NOT NULL
ORDER BY order_id;
