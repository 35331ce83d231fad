-- How much of each product there must have been at the start, for the shelf never to be more than
-- empty, and how much that leaves at the end. The file knows movements only, no stock.

CREATE TEMPORARY TABLE stock_balances (
    sku TEXT PRIMARY KEY,
    opening INT NOT NULL,
    closing INT NOT NULL
) ON COMMIT DROP;

INSERT INTO stock_balances (sku, opening, closing)
WITH movements AS (
    SELECT
        sku,
        instant,
        line_no,
        -- A sale takes from the shelf; a cancellation, negative itself, puts back.
        CASE WHEN kind = 'stock_correction' THEN quantity ELSE -quantity END AS quantity
    FROM mapped_lines
    WHERE rejected_as IS NULL
),

balances AS (
    SELECT
        sku,
        quantity,
        sum(quantity) OVER (PARTITION BY sku ORDER BY instant, line_no) AS balance
    FROM movements
)

SELECT
    sku,
    greatest(-min(balance), 0) AS opening,
    greatest(-min(balance), 0) + sum(quantity) AS closing
FROM balances
GROUP BY sku;
