-- What the calls are about: all lately or half a year ago, so that a short history has the same
-- before it as a long one.

WITH half_a_year_ago AS (
    SELECT
        order_id,
        customer_id,
        created_at
    FROM orders
    WHERE created_at < now() - INTERVAL '200 days' AND order_id % 100 = 50
    ORDER BY created_at DESC
    LIMIT 1
)

SELECT
    half_a_year_ago.created_at::DATE AS day,
    date_trunc('month', half_a_year_ago.created_at)::DATE AS month,
    half_a_year_ago.order_id AS "order",
    half_a_year_ago.customer_id AS customer,
    (
        SELECT documents.document_id FROM documents
        WHERE
            documents.kind = 'credit_note'
            AND documents.order_id = half_a_year_ago.order_id - half_a_year_ago.order_id % 100 + 3
    ) AS credit_note,
    (
        SELECT payments.payment_id FROM payments
        WHERE payments.order_id = half_a_year_ago.order_id
    ) AS payment,
    bought.product_ids[1] AS product,
    bought.items::TEXT AS items,
    (SELECT max(orders.order_id) FROM orders WHERE orders.status = 'pending') AS pending,
    (SELECT max(orders.order_id) FROM orders WHERE orders.status = 'paid') AS paid,
    (SELECT max(orders.order_id) FROM orders WHERE orders.status = 'shipped') AS shipped
FROM half_a_year_ago
CROSS JOIN
    LATERAL (
        SELECT
            array_agg(product_id ORDER BY line_no) AS product_ids,
            jsonb_agg(jsonb_build_object('product_id', product_id, 'quantity', 1)) AS items
        FROM order_items
        WHERE order_items.order_id = half_a_year_ago.order_id
    ) AS bought;
