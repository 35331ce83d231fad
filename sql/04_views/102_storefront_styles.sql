-- What a shopper may see of products that come in variants: what there is to choose from, for how
-- much, and whether any of it is there. What a choice costs, and whether it can be had, is told by
-- the rows of storefront_products with its style_id. By its key it reads by key, as these do.

CREATE OR REPLACE VIEW storefront_styles WITH (security_invoker = TRUE) AS
SELECT
    styles.style_id,
    styles.name,
    styles.description,
    styles.category_id,
    choices.option_values,
    offered.lowest_price,
    offered.highest_price,
    offered.is_available
FROM styles
CROSS JOIN
    LATERAL (
        SELECT
            min(storefront_products.price) AS lowest_price,
            max(storefront_products.price) AS highest_price,
            bool_or(storefront_products.is_available) AS is_available
        FROM storefront_products
        WHERE storefront_products.style_id = styles.style_id
        HAVING count(*) > 0  -- what has no product on offer is not on offer
    ) AS offered
CROSS JOIN LATERAL (
    SELECT jsonb_object_agg(option_name, choice.option_values) AS option_values
    FROM unnest(styles.option_names) AS option_name
    CROSS JOIN LATERAL (
        SELECT jsonb_agg(value ORDER BY first_product_id) AS option_values
        FROM (
            SELECT
                products.options ->> option_name AS value,
                min(products.product_id) AS first_product_id
            FROM products
            WHERE products.style_id = styles.style_id AND products.is_active
            GROUP BY products.options ->> option_name
        ) AS met
    ) AS choice
) AS choices;
COMMENT ON VIEW storefront_styles IS
'Styles with a product on offer, as shoppers may see them; sales count in its prices.';
COMMENT ON COLUMN storefront_styles.category_id IS 'NULL where it is in no category.';
COMMENT ON COLUMN storefront_styles.option_values IS
'What there is to choose of each option: {"Size": ["S", "M"]}, of its products on offer, in the
order of their ids.';
COMMENT ON COLUMN storefront_styles.is_available IS 'Whether a unit of any can be ordered now.';
