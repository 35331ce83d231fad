-- What the orders cost: three lines each, the tenth off where there is a coupon, tax and delivery.

CREATE TEMPORARY TABLE lines ON COMMIT DROP AS
WITH valued AS (
    SELECT
        placed.order_id,
        placed.has_coupon,
        numbers.line_no,
        products.product_id,
        products.sku,
        products.name,
        products.price,
        products.cost,
        products.tax_class,
        CASE products.tax_class WHEN 'standard' THEN 0.08 ELSE 0.02 END AS tax_rate,
        1 + (placed.order_id + numbers.line_no) % 2 AS quantity,
        (1 + (placed.order_id + numbers.line_no) % 2) * products.price AS value
    FROM placed
    CROSS JOIN generate_series(1, 3) AS numbers (line_no)
    INNER JOIN products
        ON
            (placed.order_id - 1) / 100 + 1
            + (placed.order_id::BIGINT * 37 + numbers.line_no * 31) % 100 = products.product_id
),

summed AS (
    SELECT
        valued.*,
        sum(value) OVER (PARTITION BY order_id ORDER BY line_no) AS value_so_far,
        round(sum(value) OVER (PARTITION BY order_id) / 10, 2) AS tenth,
        sum(value) OVER (PARTITION BY order_id) AS subtotal
    FROM valued
),

-- By running sums, so that the shares add up.
shared AS (
    SELECT
        summed.*,
        CASE
            WHEN has_coupon
                THEN
                    round(tenth * value_so_far / subtotal, 2)
                    - round(tenth * (value_so_far - value) / subtotal, 2)
            ELSE 0
        END AS discount
    FROM summed
)

SELECT
    order_id,
    line_no,
    product_id,
    sku,
    name,
    price,
    cost,
    tax_class,
    tax_rate,
    quantity,
    value,
    discount,
    round((value - discount) * tax_rate, 2) AS tax
FROM shared;

CREATE TEMPORARY TABLE priced ON COMMIT DROP AS
WITH sums AS (
    SELECT
        order_id,
        sum(value) AS subtotal,
        sum(discount) AS discount,
        sum(tax) + 0.39 AS tax
    FROM lines
    GROUP BY order_id
)

SELECT
    placed.order_id,
    placed.created_at,
    placed.customer_id,
    jsonb_build_object(
        'recipient', format('Firstname Lastname %s', placed.customer_id),
        'company', NULL, 'vat_id', NULL, 'line1', '12 Some Street', 'line2', NULL,
        'city', 'Some Town', 'region', NULL, 'region_code', NULL, 'postal_code', '12345',
        'country_code', 'US'
    ) AS ship_to,
    placed.shipped_at,
    placed.delivered_at,
    placed.has_coupon,
    placed.key,
    placed.credit_key,
    placed.status,
    placed.credit_kind,
    placed.is_refunded,
    sums.subtotal,
    sums.discount,
    sums.tax,
    sums.subtotal - sums.discount + 4.90 + sums.tax AS total,
    first_lines.value - first_lines.discount AS line_net,
    first_lines.tax AS line_tax,
    first_lines.quantity AS line_quantity,
    coalesce(CASE placed.credit_kind
        WHEN 'return' THEN first_lines.value - first_lines.discount + first_lines.tax
        WHEN 'allowance' THEN 1.00
    END, 0) AS credited_amount
FROM placed
INNER JOIN sums ON placed.order_id = sums.order_id
INNER JOIN lines AS first_lines
    ON placed.order_id = first_lines.order_id AND first_lines.line_no = 1;
