-- What the shop window compares a running sale with. A shopper may not ask prior_price() itself: of
-- a later instant it would tell of sales to come.

CREATE OR REPLACE FUNCTION prior_price_of_sale(p_product_id INT) RETURNS NUMERIC
LANGUAGE sql STABLE STRICT SECURITY DEFINER SET search_path FROM CURRENT
RETURN (
    SELECT prior_price(sale_prices.product_id, sale_prices.valid_from)
    FROM sale_prices
    INNER JOIN products ON sale_prices.product_id = products.product_id AND products.is_active
    WHERE
        sale_prices.product_id = p_product_id
        AND sale_prices.valid_from <= now() AND sale_prices.valid_until > now()
);
REVOKE EXECUTE ON FUNCTION prior_price_of_sale(INT) FROM PUBLIC;
COMMENT ON FUNCTION prior_price_of_sale(INT) IS
'prior_price() of the sale that runs now, at its beginning, in the store''s currency. NULL without a
sale, or where the product is not on offer. Raises nothing.';
