-- Everything that was sold or moved, in the order it first appears. Named by its most frequent
-- description, priced as last sold; what was never sold at a price is not offered.

INSERT INTO products (sku, name, category_id, price, is_active, created_at)
WITH first_seen AS (
    SELECT
        sku,
        min(instant) AS created_at,
        min(line_no) AS line_no
    FROM mapped_lines
    WHERE rejected_as IS NULL
    GROUP BY sku
),

descriptions AS (
    SELECT
        sku,
        description,
        count(*) AS uses,
        min(line_no) AS first_line_no
    FROM mapped_lines
    WHERE kind = 'order_line' AND unit_price > 0 AND description IS NOT NULL
    GROUP BY sku, description
),

names AS (
    SELECT DISTINCT ON (sku)
        sku,
        description AS name
    FROM descriptions
    ORDER BY sku ASC, uses DESC, first_line_no ASC
),

prices AS (
    SELECT DISTINCT ON (sku)
        sku,
        unit_price AS price
    FROM mapped_lines
    WHERE kind = 'order_line' AND unit_price > 0
    ORDER BY sku ASC, instant DESC, line_no DESC
)

SELECT
    first_seen.sku,
    coalesce(names.name, first_seen.sku) AS name,
    categories.category_id,
    coalesce(prices.price, 0.00) AS price,
    prices.price IS NOT NULL AS is_active,
    first_seen.created_at
FROM first_seen
LEFT JOIN names ON first_seen.sku = names.sku
LEFT JOIN prices ON first_seen.sku = prices.sku
-- No other category of the loader's is named by two digits, or Other.
INNER JOIN categories
    ON
        categories.name
        = CASE WHEN first_seen.sku ~ '^[0-9]{5}' THEN left(first_seen.sku, 2) ELSE 'Other' END
ORDER BY first_seen.created_at, first_seen.line_no;
