-- The year knows no variants, but its stock codes do: 84926A, 84926D and 84926E are of one style.

WITH new_styles AS (
    INSERT INTO styles (name, option_names)
    SELECT
        left(products.sku, -1) AS name,
        '{Variant}' AS option_names
    FROM products
    WHERE products.sku ~ '^[0-9]+[A-Z]$'
    GROUP BY left(products.sku, -1)
    RETURNING style_id, name
)

UPDATE products SET
    style_id = new_styles.style_id,
    options = jsonb_build_object('Variant', right(products.sku, 1))
FROM new_styles
WHERE products.sku ~ '^[0-9]+[A-Z]$' AND left(products.sku, -1) = new_styles.name;
