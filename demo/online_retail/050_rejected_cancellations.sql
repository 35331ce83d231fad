-- Cancellations that took nothing: there was no such sale before them, or not enough was left
-- of it. The line is then left out whole, since half a cancellation would be an invention.

WITH first_sales AS (
    SELECT
        customer_id,
        sku,
        unit_price,
        min(instant) AS instant
    FROM mapped_lines
    WHERE kind = 'order_line' AND customer_id IS NOT NULL
    GROUP BY customer_id, sku, unit_price
),

refusals AS (
    SELECT
        cancellation.line_no,
        CASE
            WHEN first_sales.instant <= cancellation.instant THEN 'return_exceeds_sale'
            ELSE 'return_without_sale'
        END AS reason
    FROM mapped_lines AS cancellation
    LEFT JOIN taken_units ON cancellation.line_no = taken_units.cancellation_line_no
    LEFT JOIN first_sales
        ON
            cancellation.customer_id = first_sales.customer_id
            AND cancellation.sku = first_sales.sku
            AND cancellation.unit_price = first_sales.unit_price
    WHERE cancellation.kind = 'cancellation' AND taken_units.cancellation_line_no IS NULL
)

UPDATE mapped_lines
SET rejected_as = refusals.reason
FROM refusals
WHERE mapped_lines.line_no = refusals.line_no;
