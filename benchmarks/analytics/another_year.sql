-- The store's first year once more, benchmark.year years later, with customers of its own: a longer
-- history of the same shape. Stock, parcels' contents and the audit trail are no report's business
-- and are left out; keys are copied whole, so they need no check.

SET session_replication_role TO replica;

CREATE TEMPORARY TABLE another_year AS
SELECT
    current_setting('benchmark.year')::INT AS year,
    1000000 * current_setting('benchmark.year')::INT AS id_offset,
    make_interval(years => current_setting('benchmark.year')::INT) AS time_offset;

INSERT INTO customers (customer_id, email, created_at)
OVERRIDING SYSTEM VALUE
SELECT
    customers.customer_id + another_year.id_offset AS customer_id,
    another_year.year::TEXT || '-' || customers.email AS email,
    customers.created_at + another_year.time_offset AS created_at
FROM customers
CROSS JOIN another_year
WHERE customers.customer_id < 1000000;

INSERT INTO orders (
    order_id, customer_id, status, prices_include_tax, subtotal, discount, shipping_fee,
    shipping_tax_rate, shipping_tax, tax, paid_amount, refunded_amount, credited_amount,
    ship_to_country, created_at, paid_at, cancelled_at
)
OVERRIDING SYSTEM VALUE
SELECT
    orders.order_id + another_year.id_offset AS order_id,
    orders.customer_id + another_year.id_offset AS customer_id,
    orders.status,
    orders.prices_include_tax,
    orders.subtotal,
    orders.discount,
    orders.shipping_fee,
    orders.shipping_tax_rate,
    orders.shipping_tax,
    orders.tax,
    orders.paid_amount,
    orders.refunded_amount,
    orders.credited_amount,
    orders.ship_to_country,
    orders.created_at + another_year.time_offset AS created_at,
    orders.paid_at + another_year.time_offset AS paid_at,
    orders.cancelled_at + another_year.time_offset AS cancelled_at
FROM orders
CROSS JOIN another_year
WHERE orders.order_id < 1000000
ORDER BY orders.order_id;

INSERT INTO unsettled_orders (order_id, customer_id, expires_at, is_refund_due)
SELECT
    unsettled_orders.order_id + another_year.id_offset AS order_id,
    unsettled_orders.customer_id + another_year.id_offset AS customer_id,
    unsettled_orders.expires_at + another_year.time_offset AS expires_at,
    unsettled_orders.is_refund_due
FROM unsettled_orders
CROSS JOIN another_year
WHERE unsettled_orders.order_id < 1000000;

INSERT INTO order_items (
    order_id, line_no, product_id, sku, product_name, unit_price, unit_cost, tax_rate, quantity,
    discount, tax, shipped_quantity, cancelled_quantity, returned_quantity
)
SELECT
    order_items.order_id + another_year.id_offset AS order_id,
    order_items.line_no,
    order_items.product_id,
    order_items.sku,
    order_items.product_name,
    order_items.unit_price,
    order_items.unit_cost,
    order_items.tax_rate,
    order_items.quantity,
    order_items.discount,
    order_items.tax,
    order_items.shipped_quantity,
    order_items.cancelled_quantity,
    order_items.returned_quantity
FROM order_items
CROSS JOIN another_year
WHERE order_items.order_id < 1000000
ORDER BY order_items.order_id, order_items.line_no;

INSERT INTO payments (
    payment_id, order_id, kind, amount, provider, provider_reference, occurred_at, created_at
)
OVERRIDING SYSTEM VALUE
SELECT
    payments.payment_id + another_year.id_offset AS payment_id,
    payments.order_id + another_year.id_offset AS order_id,
    payments.kind,
    payments.amount,
    payments.provider,
    another_year.year::TEXT || '-' || payments.provider_reference AS provider_reference,
    payments.occurred_at + another_year.time_offset AS occurred_at,
    payments.created_at + another_year.time_offset AS created_at
FROM payments
CROSS JOIN another_year
WHERE payments.payment_id < 1000000
ORDER BY payments.payment_id;

INSERT INTO shipments (
    shipment_id, order_id, carrier, tracking_number, shipped_at, delivered_at
)
OVERRIDING SYSTEM VALUE
SELECT
    shipments.shipment_id + another_year.id_offset AS shipment_id,
    shipments.order_id + another_year.id_offset AS order_id,
    shipments.carrier,
    shipments.tracking_number,
    shipments.shipped_at + another_year.time_offset AS shipped_at,
    shipments.delivered_at + another_year.time_offset AS delivered_at
FROM shipments
CROSS JOIN another_year
WHERE shipments.shipment_id < 1000000
ORDER BY shipments.shipment_id;

INSERT INTO returns (return_id, order_id, line_no, quantity, restocked, created_at)
OVERRIDING SYSTEM VALUE
SELECT
    returns.return_id + another_year.id_offset AS return_id,
    returns.order_id + another_year.id_offset AS order_id,
    returns.line_no,
    returns.quantity,
    returns.restocked,
    returns.created_at + another_year.time_offset AS created_at
FROM returns
CROSS JOIN another_year
WHERE returns.return_id < 1000000
ORDER BY returns.return_id;

INSERT INTO credits (
    credit_id, order_id, credit_no, line_no, kind, quantity, net, tax, is_supplied, created_at
)
OVERRIDING SYSTEM VALUE
SELECT
    credits.credit_id + another_year.id_offset AS credit_id,
    credits.order_id + another_year.id_offset AS order_id,
    credits.credit_no,
    credits.line_no,
    credits.kind,
    credits.quantity,
    credits.net,
    credits.tax,
    credits.is_supplied,
    credits.created_at + another_year.time_offset AS created_at
FROM credits
CROSS JOIN another_year
WHERE credits.credit_id < 1000000
ORDER BY credits.credit_id;

-- Without the audit trail, what is stored for reports has to be compared in full.
UPDATE watermarks SET system_identifier = 0
WHERE
    name IN ('daily_sales', 'product_affinity', 'product_sales') AND snapshot IS NOT NULL;

DROP TABLE another_year;

RESET session_replication_role;
