-- Products, categories, coupons and taxes that other rows contradict. The catalogue is small beside
-- the history and is always checked whole.

CREATE OR REPLACE FUNCTION _catalogue_violations()
RETURNS TABLE (invariant TEXT, object TEXT, expected TEXT, actual TEXT)
LANGUAGE sql STABLE
BEGIN ATOMIC
    WITH RECURSIVE ancestors AS (
        SELECT
            category_id,
            parent_id AS ancestor_id,
            ARRAY[category_id] AS path
        FROM categories
        UNION ALL
        SELECT
            ancestors.category_id,
            categories.parent_id AS ancestor_id,
            ancestors.path || categories.category_id AS path
        FROM ancestors
        INNER JOIN categories ON ancestors.ancestor_id = categories.category_id
        WHERE categories.category_id <> ALL(ancestors.path)
    ),

    -- A cycle is met once from each of its members: told from the first.
    cycles AS (
        SELECT path
        FROM ancestors
        WHERE
            ancestor_id = category_id
            AND category_id = (SELECT min(step.category_id) FROM unnest(path) AS step (category_id))
    ),

    -- One walk along the key, last to first: a look-up a product reads a hundred times as much.
    last_in_history AS (
        SELECT DISTINCT ON (product_id)
            product_id,
            price
        FROM price_history
        ORDER BY product_id DESC, valid_from DESC
    ),

    -- What is in force where the store is: its region's rates and its country's.
    store_rates AS (
        SELECT
            tax_rates.tax_class,
            tax_rates.region_code IN ('', store_settings.region_code) AS is_at_store
        FROM tax_rates
        INNER JOIN store_settings ON tax_rates.country_code = store_settings.country_code
        WHERE tax_rates.valid_from <= (now() AT TIME ZONE store_settings.time_zone)::DATE
    )

    SELECT
        'categories_have_no_cycle' AS invariant,
        format('category %s', path[1]) AS object,
        'a way to a root' AS expected,
        array_to_string(path || path[1], ' in ') AS actual
    FROM cycles
    UNION ALL
    SELECT
        'product_has_stock_row' AS invariant,
        format('product %s', products.product_id) AS object,
        '1' AS expected,
        '0' AS actual
    FROM products
    LEFT JOIN inventory ON products.product_id = inventory.product_id
    WHERE inventory.product_id IS NULL
    UNION ALL
    SELECT
        'price_equals_latest_in_history' AS invariant,
        format('product %s', products.product_id) AS object,
        coalesce(last_in_history.price::TEXT, 'none') AS expected,
        products.price::TEXT AS actual
    FROM products
    LEFT JOIN last_in_history ON products.product_id = last_in_history.product_id
    WHERE products.price IS DISTINCT FROM last_in_history.price
    UNION ALL
    SELECT
        'products_have_the_options_of_their_style' AS invariant,
        format('product %s', products.product_id) AS object,
        styles.option_set::TEXT AS expected,
        products.option_set::TEXT AS actual
    FROM products
    INNER JOIN styles ON products.style_id = styles.style_id
    WHERE products.option_set <> styles.option_set
    UNION ALL
    SELECT
        'coupon_uses_equal_orders' AS invariant,
        format('coupon %s', coupons.coupon_code) AS object,
        count(orders.order_id)::TEXT AS expected,
        coupons.times_used::TEXT AS actual
    FROM coupons
    LEFT JOIN orders ON coupons.coupon_code = orders.coupon_code AND orders.status <> 'cancelled'
    WHERE num_nonnulls(coupons.usage_limit, coupons.per_customer_limit) > 0
    GROUP BY coupons.coupon_code
    HAVING count(orders.order_id) <> coupons.times_used
    UNION ALL
    SELECT
        'active_products_have_a_tax_rate' AS invariant,
        format('tax class %s', tax_class) AS object,
        'a rate where the store is' AS expected,
        format('none for %s products', count(*)) AS actual
    FROM products
    WHERE
        is_active
        AND tax_class <> 'zero'
        AND tax_class NOT IN (
            SELECT store_rates.tax_class FROM store_rates WHERE store_rates.is_at_store
        )
        AND EXISTS (SELECT FROM store_rates)
    GROUP BY tax_class;
END;
REVOKE EXECUTE ON FUNCTION _catalogue_violations() FROM PUBLIC;
COMMENT ON FUNCTION _catalogue_violations() IS
'Categories that are their own ancestors (one row a cycle), products without a stock row, with
another price than the latest of their history or other options than their style''s, limited coupons
that were not used as often as is written, and tax classes of active products without a rate where
the store is. Internal.';
