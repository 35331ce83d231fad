-- Stock that moved without a sale: what must have been there at the start, then the invoices of
-- nobody over nothing by which the wholesaler corrected its books.

INSERT INTO stock_adjustments (product_id, quantity, reason, reference, created_at)
WITH adjustments AS (
    SELECT
        sku,
        opening AS quantity,
        'receipt' AS reason,
        'opening' AS reference,
        TIMESTAMP '2010-12-01 00:00' AT TIME ZONE 'Europe/London' AS created_at,
        0 AS line_no
    FROM stock_balances
    WHERE opening > 0
    UNION ALL
    SELECT
        sku,
        quantity,
        CASE WHEN quantity < 0 THEN 'loss' ELSE 'count' END AS reason,
        invoice_no,
        instant,
        line_no
    FROM mapped_lines
    WHERE kind = 'stock_correction'
)

SELECT
    products.product_id,
    adjustments.quantity,
    adjustments.reason,
    adjustments.reference,
    adjustments.created_at
FROM adjustments
INNER JOIN products ON adjustments.sku = products.sku
ORDER BY adjustments.created_at, adjustments.line_no, products.product_id;
