-- The ST002 of a product whose stock should change. Inactive ones pass: what is on the shelf is
-- still counted.

CREATE OR REPLACE FUNCTION require_product(p_product_id INT) RETURNS VOID
LANGUAGE plpgsql STABLE SET search_path FROM CURRENT
AS $require_product$
BEGIN
    IF EXISTS (SELECT FROM products WHERE product_id = p_product_id) THEN
        RETURN;
    END IF;
    RAISE EXCEPTION 'product % does not exist', p_product_id
    USING ERRCODE = 'ST002',
        DETAIL = jsonb_build_object('product_id', p_product_id),
        HINT = 'Check the product number; products are never deleted.';
END;
$require_product$;
REVOKE EXECUTE ON FUNCTION require_product(INT) FROM PUBLIC;
COMMENT ON FUNCTION require_product(INT) IS
'Returns when there is such a product, active or not. Raises ST002 otherwise. Internal.';
