-- What makes two requests the same: the products and quantities asked for, in whatever order, the
-- coupon and the address.

CREATE OR REPLACE FUNCTION request_hash(
    p_product_ids INT[], p_quantities INT[], p_coupon_code TEXT, p_address_id INT
) RETURNS BYTEA
LANGUAGE sql IMMUTABLE
RETURN (
    SELECT
        sha256(
            convert_to(
                jsonb_build_array(
                    jsonb_agg(
                        jsonb_build_array(item.product_id, item.quantity) ORDER BY item.product_id
                    ),
                    p_coupon_code, p_address_id
                )::TEXT, 'UTF8'
            )
        )
    FROM unnest(p_product_ids, p_quantities) AS item (product_id, quantity)
);
REVOKE EXECUTE ON FUNCTION request_hash(INT[], INT[], TEXT, INT) FROM PUBLIC;
COMMENT ON FUNCTION request_hash(INT[], INT[], TEXT, INT) IS
'SHA-256 of the canonical request, as orders.request_hash keeps it. Internal.';
