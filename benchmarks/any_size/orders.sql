-- Orders app.first_order to app.last_order of app.orders, evenly over time up to app.filled_at, with
-- all that belongs to an order's life: three lines, a charge, a parcel after a day and its invoice,
-- delivered after three; of a hundred orders two are cancelled, five send a line back after ten days
-- and get a credit note and a refund, one gets an allowance, and five carry a coupon. The
-- last three days' are still pending, paid or on their way.

CREATE TEMPORARY TABLE placed ON COMMIT DROP AS
SELECT
    dated.order_id,
    dated.created_at,
    (dated.order_id - 1) / 10 + 1 + dated.order_id::BIGINT * 7919 % 200 AS customer_id,
    dated.created_at + INTERVAL '1 day' AS shipped_at,
    dated.created_at + INTERVAL '3 days' AS delivered_at,
    dated.order_id % 20 = 9 AS has_coupon,
    CASE
        WHEN dated.order_id % 100 < 2 THEN 'cancelled'
        WHEN dated.age < INTERVAL '3 days' AND dated.order_id % 5 = 0 THEN 'pending'
        WHEN dated.age < INTERVAL '1 day' THEN 'paid'
        WHEN dated.age < INTERVAL '3 days' THEN 'shipped'
        ELSE 'delivered'
    END AS status,
    CASE
        WHEN dated.order_id % 100 BETWEEN 2 AND 6 AND dated.age > INTERVAL '12 days' THEN 'return'
        WHEN dated.order_id % 100 = 7 AND dated.age > INTERVAL '12 days' THEN 'allowance'
    END AS credit_kind,
    dated.age > INTERVAL '40 days' OR dated.order_id % 100 <> 7 AS is_refunded
FROM (
    SELECT
        order_id,
        created_at,
        current_setting('app.filled_at')::TIMESTAMPTZ - created_at AS age
    FROM
        generate_series(
            current_setting('app.first_order')::INT, current_setting('app.last_order')::INT
        ) AS order_id
    CROSS JOIN
        LATERAL (
            SELECT
                current_setting('app.filled_at')::TIMESTAMPTZ - INTERVAL '10 minutes'
                - (current_setting('app.orders')::INT - order_id) * INTERVAL '1 day'
                / current_setting('app.orders_a_day')::INT AS created_at
        ) AS spread
) AS dated;

CREATE TEMPORARY TABLE lines ON COMMIT DROP AS
SELECT
    shared.*,
    round((shared.value - shared.discount) * shared.tax_rate, 2) AS tax
FROM (
    SELECT
        valued.*,
        CASE
            WHEN valued.has_coupon
                THEN
                    -- Running sums, so that the shares of the discount add up to it.
                    round(round(valued.subtotal / 10, 2) * valued.value_so_far / valued.subtotal, 2)
                    - round(
                        round(valued.subtotal / 10, 2) * (valued.value_so_far - valued.value)
                        / valued.subtotal, 2
                    )
            ELSE 0
        END AS discount
    FROM (
        SELECT
            placed.order_id,
            placed.has_coupon,
            line_no,
            products.product_id,
            products.sku,
            products.name,
            products.price,
            products.cost,
            products.tax_class,
            CASE products.tax_class WHEN 'standard' THEN 0.08 ELSE 0.02 END AS tax_rate,
            1 + (placed.order_id + line_no) % 2 AS quantity,
            (1 + (placed.order_id + line_no) % 2) * products.price AS value,
            sum((1 + (placed.order_id + line_no) % 2) * products.price) OVER (
                PARTITION BY placed.order_id ORDER BY line_no
            ) AS value_so_far,
            sum((1 + (placed.order_id + line_no) % 2) * products.price) OVER (
                PARTITION BY placed.order_id
            ) AS subtotal
        FROM placed
        CROSS JOIN generate_series(1, 3) AS line_no
        INNER JOIN products
            ON
                (placed.order_id - 1) / 100 + 1
                + (placed.order_id::BIGINT * 37 + line_no * 31) % 100 = products.product_id
    ) AS valued
) AS shared;

CREATE TEMPORARY TABLE priced ON COMMIT DROP AS
SELECT
    placed.*,
    sums.subtotal,
    sums.discount,
    sums.tax,
    sums.subtotal - sums.discount + 4.90 + sums.tax AS total,
    returned.value - returned.discount AS line_net,
    returned.tax AS line_tax,
    returned.quantity AS line_quantity,
    coalesce(CASE placed.credit_kind
        WHEN 'return' THEN returned.value - returned.discount + returned.tax
        WHEN 'allowance' THEN 1.00
    END, 0) AS credited_amount
FROM placed
INNER JOIN lines AS returned ON placed.order_id = returned.order_id AND returned.line_no = 1
INNER JOIN (
    SELECT
        order_id,
        sum(value) AS subtotal,
        sum(discount) AS discount,
        sum(tax) + 0.39 AS tax
    FROM lines
    GROUP BY order_id
) AS sums ON placed.order_id = sums.order_id;

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
    jsonb_build_object(
        'recipient', format('Firstname Lastname %s', customer_id), 'company', NULL, 'vat_id', NULL,
        'line1', '12 Some Street', 'line2', NULL, 'city', 'Some Town', 'region', NULL,
        'region_code', NULL, 'postal_code', '12345', 'country_code', 'US'
    ) AS ship_to,
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

INSERT INTO payments (
    payment_id, order_id, kind, amount, provider, provider_reference, occurred_at, created_at
)
OVERRIDING SYSTEM VALUE
SELECT
    2 * order_id::BIGINT AS payment_id,
    order_id,
    'charge' AS kind,
    total AS amount,
    'stripe' AS provider,
    'ch_' || left(md5(order_id::TEXT), 24) AS provider_reference,
    created_at + INTERVAL '5 minutes' AS occurred_at,
    created_at + INTERVAL '5 minutes' AS created_at
FROM priced
WHERE status NOT IN ('cancelled', 'pending')
UNION ALL
SELECT
    2 * order_id::BIGINT + 1 AS payment_id,
    order_id,
    'refund' AS kind,
    credited_amount AS amount,
    'stripe' AS provider,
    're_' || left(md5(order_id::TEXT), 24) AS provider_reference,
    created_at + INTERVAL '10 days 1 hour' AS occurred_at,
    created_at + INTERVAL '10 days 1 hour' AS created_at
FROM priced
WHERE credit_kind IS NOT NULL AND is_refunded
ORDER BY occurred_at;

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

-- An order's invoice has the even number of the two kept for it.
CREATE TEMPORARY TABLE documented ON COMMIT DROP AS
SELECT
    due.*,
    coalesce((SELECT max(number) FROM documents WHERE documents.series = due.series), 0)
    + row_number() OVER (PARTITION BY due.series ORDER BY due.order_id) AS number,
    date_trunc('year', due.issued_at, 'UTC') AT TIME ZONE 'UTC'
    + INTERVAL '11 years - 1 day' AS buyer_until
FROM (
    SELECT
        2 * order_id::BIGINT AS document_id,
        'invoice' AS kind,
        'INV' AS series,
        order_id,
        order_id AS shipment_id,
        NULL::INT AS credit_no,
        shipped_at + INTERVAL '1 minute' AS issued_at
    FROM priced
    WHERE status IN ('shipped', 'delivered')
    UNION ALL
    SELECT
        2 * order_id::BIGINT + 1 AS document_id,
        'credit_note' AS kind,
        'CN' AS series,
        order_id,
        NULL AS shipment_id,
        1 AS credit_no,
        created_at + INTERVAL '10 days 1 minute' AS issued_at
    FROM priced
    WHERE credit_kind IS NOT NULL
) AS due;

INSERT INTO documents (
    document_id, kind, series, number, order_id, shipment_id, credit_no, issued_at, issued_on,
    country_code, seller, buyer, buyer_until
)
OVERRIDING SYSTEM VALUE
SELECT
    documented.document_id,
    documented.kind,
    documented.series,
    documented.number,
    documented.order_id,
    documented.shipment_id,
    documented.credit_no,
    documented.issued_at,
    (documented.issued_at AT TIME ZONE 'UTC')::DATE AS issued_on,
    'US' AS country_code,
    store_settings.legal_address || jsonb_build_object(
        'name', store_settings.legal_name, 'vat_id', store_settings.vat_id
    ) AS seller,
    CASE WHEN documented.buyer_until >= current_date - 1 THEN orders.ship_to END AS buyer,
    documented.buyer_until
FROM documented
INNER JOIN orders ON documented.order_id = orders.order_id
CROSS JOIN store_settings
ORDER BY documented.issued_at;

INSERT INTO order_audit (order_id, action, details, performed_by, customer_id, performed_at)
WITH units AS (
    SELECT
        order_id,
        jsonb_agg(jsonb_build_object('line_no', line_no, 'quantity', quantity) ORDER BY line_no)
            AS items
    FROM lines
    GROUP BY order_id
)

SELECT
    events.order_id,
    events.action,
    events.details,
    'benchmark' AS performed_by,
    NULL AS customer_id,
    events.performed_at
FROM (
    SELECT
        priced.order_id,
        event.action,
        event.details,
        event.performed_at
    FROM priced
    INNER JOIN units ON priced.order_id = units.order_id
    CROSS JOIN
        LATERAL (
            VALUES
            ('placed', jsonb_build_object('total', priced.total), priced.created_at, TRUE),
            (
                'payment',
                jsonb_build_object(
                    'payment_id', 2 * priced.order_id::BIGINT, 'amount', priced.total,
                    'provider', 'stripe'
                ),
                priced.created_at + INTERVAL '5 minutes',
                priced.status NOT IN ('cancelled', 'pending')
            ),
            (
                'paid',
                jsonb_build_object('total', priced.total),
                priced.created_at + INTERVAL '5 minutes',
                priced.status NOT IN ('cancelled', 'pending')
            ),
            (
                'cancelled', '{}', priced.created_at + INTERVAL '1 minute',
                priced.status = 'cancelled'
            ),
            (
                'shipped',
                jsonb_build_object(
                    'shipment_id', priced.order_id, 'items', units.items, 'complete', TRUE
                ),
                priced.shipped_at,
                priced.status IN ('shipped', 'delivered')
            ),
            (
                'delivered',
                jsonb_build_object('shipment_ids', jsonb_build_array(priced.order_id)),
                priced.delivered_at,
                priced.status = 'delivered'
            ),
            (
                'returned',
                jsonb_build_object(
                    'credit_no', 1, 'items',
                    jsonb_build_array(
                        jsonb_build_object('line_no', 1, 'quantity', priced.line_quantity)
                    ),
                    'amount', priced.credited_amount, 'restocked', TRUE,
                    'shipment_id', priced.order_id
                ),
                priced.created_at + INTERVAL '10 days',
                priced.credit_kind = 'return'
            ),
            (
                'allowance',
                jsonb_build_object('credit_no', 1, 'amount', priced.credited_amount),
                priced.created_at + INTERVAL '10 days',
                priced.credit_kind = 'allowance'
            ),
            (
                'refund',
                jsonb_build_object(
                    'payment_id', 2 * priced.order_id::BIGINT + 1,
                    'amount', priced.credited_amount, 'provider', 'stripe'
                ),
                priced.created_at + INTERVAL '10 days 1 hour',
                priced.credit_kind IS NOT NULL AND priced.is_refunded
            )
        ) AS event (action, details, performed_at, has_happened)
    WHERE event.has_happened
    UNION ALL
    SELECT
        order_id,
        'document' AS action,
        jsonb_build_object(
            'document_id', document_id, 'kind', kind, 'series', series, 'number', number
        ) AS details,
        issued_at AS performed_at
    FROM documented
) AS events
ORDER BY events.performed_at, events.order_id;
