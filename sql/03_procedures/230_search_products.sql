-- What a shopper types into the search box. PL/pgSQL, since storefront_products is made after this
-- file; a definer function, since shoppers may not read what the index holds.

CREATE OR REPLACE FUNCTION search_products(p_query TEXT, p_limit INT DEFAULT 20)
RETURNS TABLE (
    product_id INT, sku VARCHAR, product_name VARCHAR, description TEXT, category_id INT,
    style_id INT, options JSONB, price NUMERIC, regular_price NUMERIC, prior_price NUMERIC,
    discount_pct NUMERIC, sale_until TIMESTAMPTZ, is_available BOOLEAN
)
LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 20 SET search_path FROM CURRENT
AS $search_products$
#variable_conflict use_column
DECLARE
    v_query TEXT := _clean_argument(p_query, 'p_query', 1000);
    v_words TSQUERY := websearch_to_tsquery('english', v_query);
    v_codes TSQUERY := websearch_to_tsquery('simple', v_query);
BEGIN
    PERFORM _require_limit(p_limit);
    -- SKUs are indexed as they are written, words by their stem. An exclusion is read one way
    -- only: -lanterns must not find the lantern that is no "lanterns".
    IF v_codes::TEXT !~ '!' THEN
        v_words := v_words || v_codes;
    END IF;
    RETURN QUERY
    SELECT
        storefront_products.product_id,
        storefront_products.sku::VARCHAR,
        storefront_products.product_name::VARCHAR,
        storefront_products.description::TEXT,
        storefront_products.category_id,
        storefront_products.style_id,
        storefront_products.options::JSONB,
        storefront_products.price::NUMERIC,
        storefront_products.regular_price::NUMERIC,
        storefront_products.prior_price,
        storefront_products.discount_pct,
        storefront_products.sale_until::TIMESTAMPTZ,
        storefront_products.is_available
    FROM storefront_products
    INNER JOIN products ON storefront_products.product_id = products.product_id
    WHERE products.search_vector @@ v_words
    ORDER BY ts_rank(products.search_vector, v_words) DESC, storefront_products.product_id
    LIMIT p_limit;
END;
$search_products$;
REVOKE EXECUTE ON FUNCTION search_products(TEXT, INT) FROM PUBLIC;
COMMENT ON FUNCTION search_products(TEXT, INT) IS
'Up to p_limit rows of storefront_products whose SKU, name or description match p_query (words,
"a phrase", or, -not), best first: SKU and name count more than the description. Raises ST003
(query missing, blank or over 1000 characters; limit below 1).';
