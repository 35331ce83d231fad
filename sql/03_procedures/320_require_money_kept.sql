-- Goods do not leave against money the bank took back: what the store still has of it must cover
-- what the customer is to keep.

CREATE OR REPLACE FUNCTION require_money_kept(p_order orders) RETURNS VOID
LANGUAGE plpgsql STABLE SET search_path FROM CURRENT
AS $require_money_kept$
DECLARE
    v_kept NUMERIC := p_order.paid_amount - p_order.refunded_amount;
    v_owed NUMERIC := p_order.total - value_given_back(p_order.order_id);
BEGIN
    IF v_kept < v_owed THEN
        RAISE EXCEPTION 'order % is no longer paid', p_order.order_id
        USING ERRCODE = 'ST005',
            DETAIL = jsonb_build_object(
                'order_id', p_order.order_id, 'kept', v_kept, 'owed', v_owed
            ),
            HINT = 'Wait for a new charge, or cancel what has not left.';
    END IF;
END;
$require_money_kept$;
REVOKE EXECUTE ON FUNCTION require_money_kept(orders) FROM PUBLIC;
COMMENT ON FUNCTION require_money_kept(orders) IS
'Returns when what the order keeps of its money covers its total less what was given back on lines.
Raises ST005 otherwise. The caller holds the order''s lock. Internal.';
