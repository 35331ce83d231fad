-- What each line of the file becomes: the first rule that fits it decides. Whether a cancellation
-- finds its sale is told later; position numbers the lines of an order.

CREATE TEMPORARY TABLE mapped_lines (
    line_no INT NOT NULL,
    kind TEXT NOT NULL,
    rejected_as TEXT,
    invoice_no TEXT NOT NULL,
    instant TIMESTAMPTZ NOT NULL,
    customer_id INT,
    position INT NOT NULL,
    sku TEXT NOT NULL,
    description TEXT,
    quantity INT NOT NULL,
    unit_price NUMERIC NOT NULL
) ON COMMIT DROP;

INSERT INTO mapped_lines
(
    line_no, kind, rejected_as, invoice_no, instant, customer_id, position, sku, description,
    quantity, unit_price
)
WITH decided_lines AS (
    SELECT
        source_lines.line_no,
        source_lines.invoice_no,
        source_invoices.instant,
        source_invoices.customer_id,
        upper(source_lines.stock_code) AS sku,
        source_lines.description,
        source_lines.quantity,
        -- Money is written with two decimals; a price that needs more keeps them and is refused.
        round(
            source_lines.unit_price, greatest(min_scale(source_lines.unit_price), 2)
        ) AS unit_price,
        CASE
            WHEN source_lines.invoice_no LIKE 'A%' THEN 'bad_debt'
            WHEN source_lines.invoice_no LIKE 'C%' THEN 'cancellation'
            WHEN min_scale(source_lines.unit_price) > 2 THEN 'price_below_cent'
            WHEN
                source_invoices.customer_id IS NULL AND NOT source_invoices.is_priced
                THEN 'stock_correction'
            ELSE 'order_line'
        END AS kind
    FROM source_lines
    INNER JOIN source_invoices ON source_lines.invoice_no = source_invoices.invoice_no
)

SELECT
    line_no,
    kind,
    CASE WHEN kind IN ('bad_debt', 'price_below_cent') THEN kind END AS rejected_as,
    invoice_no,
    instant,
    customer_id,
    row_number() OVER (PARTITION BY invoice_no, kind ORDER BY line_no) AS position,
    sku,
    description,
    quantity,
    unit_price
FROM decided_lines;

ANALYZE mapped_lines;
