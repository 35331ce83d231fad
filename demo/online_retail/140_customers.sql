-- Every customer the file numbers, with or without an order, and one guest for each order that
-- names nobody. Nothing but the number is known of them: the addresses end in .invalid.

INSERT INTO customers (email, last_name, created_at)
SELECT
    'customer-' || customer_id || '@online-retail.invalid' AS email,
    customer_id::TEXT AS last_name,
    min(instant) AS created_at
FROM source_invoices
WHERE customer_id IS NOT NULL
GROUP BY customer_id
UNION ALL
SELECT DISTINCT
    'guest-' || lower(invoice_no) || '@online-retail.invalid' AS email,
    NULL AS last_name,
    instant AS created_at
FROM mapped_lines
WHERE kind = 'order_line' AND customer_id IS NULL
ORDER BY created_at;
