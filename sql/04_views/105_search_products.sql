-- What a shopper types into the search box. A definer function, since shoppers may not read what
-- the index holds; its rows are the shop window's, whatever that shows.

CREATE OR REPLACE FUNCTION search_products(p_query TEXT, p_limit INT DEFAULT 20)
RETURNS SETOF STOREFRONT_PRODUCTS
LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 20 SET search_path FROM CURRENT
-- By the index, whatever the statistics promise: they know no word by its beginning. And that a
-- word means nothing is no news to a shopper.
SET enable_seqscan = off SET jit = off SET client_min_messages = warning
AS $search_products$
#variable_conflict use_column
DECLARE
    v_query TEXT COLLATE "default" := _clean_argument(p_query, 'p_query', 1000);
    v_wanted TSQUERY;
    v_ranked TSQUERY;
    v_whole TSQUERY := quote_literal(_whole_name(v_query))::TSQUERY;
    v_found INT[];
BEGIN
    PERFORM _require_limit(p_limit);
    SELECT asked.wanted, asked.ranked INTO v_wanted, v_ranked
    FROM store_settings
    CROSS JOIN LATERAL _search_query(v_query, store_settings.search_language::REGCONFIG) AS asked;
    -- Where thousands of products share a word, no more than these are ranked.
    WITH hits AS (
        SELECT
            products.product_id,
            ts_rank(products.search_vector, v_ranked) AS rank,
            length(products.name) AS name_length
        FROM products
        WHERE products.search_vector @@ v_wanted AND products.is_active
        LIMIT greatest(p_limit, 5000)
    ),

    -- A SKU typed as it stands comes first, even if all signs; then a name, which few have: IS TRUE
    -- keeps the index from being asked for all that is wanted once more.
    ranked_hits AS (
        SELECT product_id, rank, name_length
        FROM hits
        UNION ALL
        SELECT products.product_id, 'Infinity', 0
        FROM products
        WHERE products.sku = clean_code(upper(v_query)) AND products.is_active
        UNION ALL
        (
            SELECT products.product_id, 1000, length(products.name)
            FROM products
            WHERE
                products.search_vector @@ v_whole
                AND (products.search_vector @@ v_wanted) IS TRUE
                AND products.is_active
            LIMIT greatest(p_limit, 5000)
        )
    ),

    best AS (
        SELECT product_id, max(rank) AS rank, min(name_length) AS name_length
        FROM ranked_hits
        GROUP BY product_id
        ORDER BY rank DESC, name_length, product_id
        LIMIT p_limit
    )

    SELECT array_agg(product_id ORDER BY rank DESC, name_length, product_id) INTO v_found
    FROM best;
    RETURN QUERY
    SELECT storefront_products.*
    FROM unnest(v_found) WITH ORDINALITY AS found (product_id, place)
    INNER JOIN storefront_products ON found.product_id = storefront_products.product_id
    ORDER BY found.place;
END;
$search_products$;
REVOKE EXECUTE ON FUNCTION search_products(TEXT, INT) FROM PUBLIC;
COMMENT ON FUNCTION search_products(TEXT, INT) IS
'Up to p_limit rows of storefront_products that p_query finds (words, "a phrase", or, -not; the
first 32 of them), in the store''s search_language, best first: a SKU as it stands, a name as it
stands, then by what the product is called, its style and options too, then what is said of it and
of its style. Accents, case, hyphens and the last word''s ending do not matter, and any part of a
SKU will do. No more than 5000 of the products found are ranked. Raises ST003 (query missing,
blank or over 1000 characters; limit below 1).';
