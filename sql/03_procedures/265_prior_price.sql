-- What a reduction must be measured by: article 6a of Directive 98/6/EC, inserted by Directive (EU)
-- 2019/2161, asks for the lowest price of the thirty days before it, however short a time it
-- applied.

CREATE OR REPLACE FUNCTION prior_price(p_product_id INT, p_instant TIMESTAMPTZ) RETURNS NUMERIC
LANGUAGE sql STABLE STRICT SECURITY DEFINER SET search_path FROM CURRENT
BEGIN ATOMIC
    -- Thirty days on the store's clock are an hour more or less where it was changed.
    WITH store_clock AS MATERIALIZED (
        SELECT
            (p_instant AT TIME ZONE store_settings.time_zone - INTERVAL '30 days')
            AT TIME ZONE store_settings.time_zone AS window_start
        FROM store_settings
        WHERE store_settings.is_only_row
    ),

    -- The first price that counts began before the thirty days, or is the product's first.
    first_price AS MATERIALIZED (
        SELECT
            store_clock.window_start,
            coalesce(
                (
                    SELECT max(price_history.valid_from)
                    FROM price_history
                    WHERE
                        price_history.product_id = p_product_id
                        AND price_history.valid_from <= store_clock.window_start
                ),
                (
                    SELECT min(price_history.valid_from)
                    FROM price_history
                    WHERE price_history.product_id = p_product_id
                )
            ) AS valid_from
        FROM store_clock
    )

    SELECT min(applied.price)
    FROM first_price
    CROSS JOIN
        LATERAL (
            SELECT price_history.price
            FROM price_history
            WHERE
                price_history.product_id = p_product_id
                AND price_history.valid_from >= first_price.valid_from
                AND price_history.valid_from < p_instant
            UNION ALL
            SELECT sale_prices.price
            FROM sale_prices
            WHERE
                sale_prices.product_id = p_product_id
                AND sale_prices.valid_until
                > greatest(first_price.window_start, first_price.valid_from)
                AND sale_prices.valid_from < p_instant
        ) AS applied
    WHERE first_price.valid_from < p_instant;
END;
REVOKE EXECUTE ON FUNCTION prior_price(INT, TIMESTAMPTZ) FROM PUBLIC;
COMMENT ON FUNCTION prior_price(INT, TIMESTAMPTZ) IS
'The lowest price of one unit of the product, sales included, in the 30 days before p_instant, in
the store''s currency: from the same time on the store''s clock, up to p_instant and without it.
NULL where the product had no price yet, or is unknown. By Directive 98/6/EC, article 6a (1) and
(2). Raises nothing.';
