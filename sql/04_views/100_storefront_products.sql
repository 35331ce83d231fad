-- What a shopper may see of the catalogue: what is offered, at what price, and whether there is
-- any. No cost, no stock figures, no sale to come. By its key it reads by key, however large the
-- catalogue, and so does a page of a category in the order of product_id.

CREATE OR REPLACE VIEW storefront_products WITH (security_invoker = TRUE) AS
SELECT
    products.product_id,
    products.sku,
    products.name AS product_name,
    products.description,
    products.category_id,
    products.style_id,
    products.options,
    coalesce(sale_prices.price, products.price) AS price,
    products.price AS regular_price,
    before_sale.prior_price,
    -- Of the prior price and not of the regular one: Directive 98/6/EC, article 6a, as read by the
    -- Court of Justice of the European Union in case C-330/23 (Aldi Süd, 26 September 2024).
    nullif(
        greatest(
            round(
                100 * (before_sale.prior_price - sale_prices.price)
                / nullif(before_sale.prior_price, 0), 2
            ), 0
        ), 0
    ) AS discount_pct,
    sale_prices.valid_until AS sale_until,
    -- A join would have the planner merge a page of products with the stock of all before it.
    (
        SELECT inventory.is_available
        FROM inventory
        WHERE inventory.product_id = products.product_id
    ) AS is_available
FROM products
LEFT JOIN sale_prices
    ON
        products.product_id = sale_prices.product_id
        AND sale_prices.valid_from <= now() AND sale_prices.valid_until > now()
        AND products.price > sale_prices.price  -- else it is no sale
CROSS JOIN
    LATERAL (  -- noqa: ST05, no CTE knows the row
        SELECT prior_price_of_sale(sale_prices.product_id) AS prior_price
        LIMIT 1  -- noqa: AM09, a fence: asked once a row, and only where it is shown
    ) AS before_sale
WHERE products.is_active;
COMMENT ON VIEW storefront_products IS
'Products on offer, as shoppers may see them, at the prices an order would have now.';
COMMENT ON COLUMN storefront_products.category_id IS 'NULL where it is in no category.';
COMMENT ON COLUMN storefront_products.style_id IS 'The style it is a variant of; NULL = none.';
COMMENT ON COLUMN storefront_products.options IS
'Its value for each of its style''s options; {} without one.';
COMMENT ON COLUMN storefront_products.price IS
'The price of one unit now, with or without tax as the store has it.';
COMMENT ON COLUMN storefront_products.regular_price IS 'Without the sale.';
COMMENT ON COLUMN storefront_products.prior_price IS
'The lowest that applied in the 30 days before the sale began, to be shown with it in the European
Union; NULL without a sale, or where the product was new.';
COMMENT ON COLUMN storefront_products.discount_pct IS
'Per cent off the prior price; NULL without a sale, and where it is not below that.';
COMMENT ON COLUMN storefront_products.sale_until IS 'First instant after it; NULL = no sale.';
COMMENT ON COLUMN storefront_products.is_available IS 'Whether a unit can be ordered now.';
