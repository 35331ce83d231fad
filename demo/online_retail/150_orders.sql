-- One order for each invoice that sold something: all paid, shipped and delivered, and refunded
-- where cancellations gave back the whole of it.

INSERT INTO orders
(customer_id, status, subtotal, paid_amount, refunded_amount, idempotency_key, created_at)
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
        coalesce(sum(returned.quantity * mapped_lines.unit_price), 0) AS refunded_amount
    FROM mapped_lines
    LEFT JOIN returned ON mapped_lines.line_no = returned.sale_line_no
    WHERE mapped_lines.kind = 'order_line'
    GROUP BY mapped_lines.invoice_no, mapped_lines.instant, mapped_lines.customer_id
)

SELECT
    customers.customer_id,
    CASE
        WHEN invoices.total > 0 AND invoices.refunded_amount = invoices.total THEN 'refunded'
        ELSE 'delivered'
    END AS status,
    invoices.total AS subtotal,
    invoices.total AS paid_amount,
    invoices.refunded_amount,
    invoices.invoice_no,
    invoices.instant
FROM invoices
INNER JOIN customers
    ON
        customers.email = coalesce(
            'customer-' || invoices.customer_id, 'guest-' || lower(invoices.invoice_no)
        ) || '@online-retail.invalid'
ORDER BY invoices.instant, invoices.first_line_no;

ANALYZE orders;
