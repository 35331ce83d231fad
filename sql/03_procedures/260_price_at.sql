-- What a product cost at some instant. A definer function, since analysts may ask it and may not
-- read the history's other columns.

CREATE OR REPLACE FUNCTION price_at(p_product_id INT, p_instant TIMESTAMPTZ) RETURNS NUMERIC
LANGUAGE sql STABLE STRICT SECURITY DEFINER SET search_path FROM CURRENT
RETURN (
    SELECT
        CASE
            WHEN history.price IS NULL THEN products.price
            ELSE least(history.price, sale_prices.price)  -- without a sale the other one
        END AS price
    FROM products
    LEFT JOIN LATERAL (
        SELECT price_history.price
        FROM price_history
        WHERE
            price_history.product_id = products.product_id
            AND price_history.valid_from <= p_instant
        ORDER BY price_history.valid_from DESC
        LIMIT 1
    ) AS history ON TRUE
    LEFT JOIN sale_prices
        ON
            products.product_id = sale_prices.product_id
            AND sale_prices.valid_from <= p_instant AND sale_prices.valid_until > p_instant
    WHERE products.product_id = p_product_id
);
REVOKE EXECUTE ON FUNCTION price_at(INT, TIMESTAMPTZ) FROM PUBLIC;
COMMENT ON FUNCTION price_at(INT, TIMESTAMPTZ) IS
'Price of one unit of the product at p_instant, in the store''s currency: the lower of the regular
price and that of the sale of that instant, also of one to come; before the product''s first price
today''s regular one. NULL for an unknown product. Raises nothing.';
