-- The ST005 of a function that an order's status does not allow now.

CREATE OR REPLACE FUNCTION require_status(
    p_order orders, p_allowed TEXT[], p_wanted TEXT, p_hint TEXT
) RETURNS VOID
LANGUAGE plpgsql SET search_path FROM CURRENT
AS $require_status$
BEGIN
    IF p_order.status = ANY (p_allowed) THEN
        RETURN;
    END IF;
    RAISE EXCEPTION 'order % is % and cannot be %', p_order.order_id, p_order.status, p_wanted
    USING ERRCODE = 'ST005',
        DETAIL = jsonb_build_object(
            'order_id', p_order.order_id, 'status', p_order.status, 'allowed', p_allowed
        ),
        HINT = p_hint;
END;
$require_status$;
REVOKE EXECUTE ON FUNCTION require_status(orders, TEXT[], TEXT, TEXT) FROM PUBLIC;
COMMENT ON FUNCTION require_status(orders, TEXT[], TEXT, TEXT) IS
'Returns when the order''s status is one of p_allowed. Raises ST005 otherwise. Internal.';
