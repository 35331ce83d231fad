-- The ST002 of an order's products: every unknown or inactive one at once.

CREATE OR REPLACE FUNCTION refuse_products(p_product_ids INT[]) RETURNS VOID
LANGUAGE plpgsql SET search_path FROM CURRENT
AS $refuse_products$
BEGIN
    RAISE EXCEPTION 'some products are unknown or inactive'
    USING ERRCODE = 'ST002',
        DETAIL = (
            SELECT jsonb_build_object('product_ids', jsonb_agg(asked.product_id ORDER BY place))
            FROM unnest(p_product_ids) WITH ORDINALITY AS asked (product_id, place)
            LEFT JOIN products ON asked.product_id = products.product_id AND products.is_active
            WHERE products.product_id IS NULL
        ),
        HINT = 'Remove them from the order.';
END;
$refuse_products$;
REVOKE EXECUTE ON FUNCTION refuse_products(INT[]) FROM PUBLIC;
COMMENT ON FUNCTION refuse_products(INT[]) IS
'Always raises ST002, listing those of the products that cannot be ordered. Internal.';
