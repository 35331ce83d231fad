-- Whether a customer may place one more order now.

CREATE OR REPLACE FUNCTION _require_orderer(p_customer_id INT) RETURNS VOID
LANGUAGE plpgsql STABLE SET search_path FROM CURRENT
AS $_require_orderer$
DECLARE
    v_at_most INT;
    v_pending INT;
BEGIN
    SELECT store_settings.max_pending_orders INTO v_at_most
    FROM store_settings
    CROSS JOIN customers
    WHERE customers.customer_id = p_customer_id AND customers.erased_at IS NULL;
    IF NOT found THEN
        RAISE EXCEPTION 'customer % is unknown or inactive', p_customer_id
        USING ERRCODE = 'ST002',
            DETAIL = jsonb_build_object('customer_id', p_customer_id),
            HINT = 'Register the customer first; an erased one can order no more.';
    END IF;
    IF v_at_most IS NOT NULL THEN
        SELECT count(*) INTO v_pending
        FROM orders
        WHERE customer_id = p_customer_id AND status = 'pending' AND released_at IS NULL;
        IF v_pending >= v_at_most THEN
            RAISE EXCEPTION 'customer % has % pending orders already', p_customer_id, v_pending
            USING ERRCODE = 'ST009',
                DETAIL = jsonb_build_object(
                    'customer_id', p_customer_id, 'pending', v_pending, 'at_most', v_at_most
                ),
                HINT = 'Pay or cancel one of them first.';
        END IF;
    END IF;
END;
$_require_orderer$;
REVOKE EXECUTE ON FUNCTION _require_orderer(INT) FROM PUBLIC;
COMMENT ON FUNCTION _require_orderer(INT) IS
'Returns when the customer may order. Raises ST002 (unknown or erased), ST009 (too many pending
orders). Internal.';
