-- One order for each invoice that sold something: all paid, shipped and delivered at once, and
-- returned where cancellations left the customer nothing. What they took back was credited and paid
-- out, so that nobody owes anything. Taxed at the store: the file knows no addresses.

INSERT INTO orders
(
    customer_id, status, subtotal, paid_amount, refunded_amount, credited_amount, ship_to_country,
    idempotency_key, created_at, paid_at
)
WITH returned AS (
    SELECT
        sale_line_no,
        sum(quantity) AS quantity
    FROM taken_units
    GROUP BY sale_line_no
),

invoices AS (
    SELECT
        mapped_lines.invoice_no,
        mapped_lines.instant,
        mapped_lines.customer_id,
        min(mapped_lines.line_no) AS first_line_no,
        sum(mapped_lines.quantity * mapped_lines.unit_price) AS total,
        coalesce(sum(returned.quantity * mapped_lines.unit_price), 0.00) AS credited_amount,
        coalesce(sum(returned.quantity), 0) = sum(mapped_lines.quantity) AS is_returned
    FROM mapped_lines
    LEFT JOIN returned ON mapped_lines.line_no = returned.sale_line_no
    WHERE mapped_lines.kind = 'order_line'
    GROUP BY mapped_lines.invoice_no, mapped_lines.instant, mapped_lines.customer_id
)

SELECT
    customers.customer_id,
    CASE WHEN invoices.is_returned THEN 'returned' ELSE 'delivered' END AS status,
    invoices.total AS subtotal,
    invoices.total AS paid_amount,
    invoices.credited_amount AS refunded_amount,
    invoices.credited_amount,
    store_settings.country_code AS ship_to_country,
    invoices.invoice_no,
    invoices.instant AS created_at,
    invoices.instant AS paid_at
FROM invoices
INNER JOIN customers
    ON
        customers.email = coalesce(
            'customer-' || invoices.customer_id, 'guest-' || lower(invoices.invoice_no)
        ) || '@online-retail.invalid'
CROSS JOIN store_settings
ORDER BY invoices.instant, invoices.first_line_no;

ANALYZE orders;
