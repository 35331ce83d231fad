-- What a product cost at some instant. A definer function, since analysts may ask it and may not
-- read the history's other columns.

CREATE OR REPLACE FUNCTION price_at(p_product_id INT, p_instant TIMESTAMPTZ) RETURNS NUMERIC
LANGUAGE sql STABLE SECURITY DEFINER SET search_path FROM CURRENT
RETURN (
    SELECT price_history.price
    FROM price_history
    WHERE price_history.product_id = p_product_id AND price_history.valid_from <= p_instant
    ORDER BY price_history.valid_from DESC
    LIMIT 1
);
REVOKE EXECUTE ON FUNCTION price_at(INT, TIMESTAMPTZ) FROM PUBLIC;
COMMENT ON FUNCTION price_at(INT, TIMESTAMPTZ) IS
'Price of one unit of the product at p_instant, in the store''s currency; NULL before its first
price or for an unknown product. Raises nothing.';
