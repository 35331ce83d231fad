-- Every change in an order's life begins by locking its row: what is then read of it stays true
-- until the transaction ends. NO KEY, so that nobody's foreign-key check queues behind it.

CREATE OR REPLACE FUNCTION lock_order(p_order_id INT) RETURNS orders
LANGUAGE plpgsql SET search_path FROM CURRENT
AS $lock_order$
DECLARE
    v_order orders;
BEGIN
    SELECT * INTO v_order FROM orders WHERE order_id = p_order_id FOR NO KEY UPDATE;
    IF NOT found THEN
        RAISE EXCEPTION 'order % does not exist', p_order_id
        USING ERRCODE = 'ST002',
            DETAIL = jsonb_build_object('order_id', p_order_id),
            HINT = 'Check the order number; orders are never deleted.';
    END IF;
    RETURN v_order;
END;
$lock_order$;
REVOKE EXECUTE ON FUNCTION lock_order(INT) FROM PUBLIC;
COMMENT ON FUNCTION lock_order(INT) IS
'The order''s row, locked until the transaction ends. Raises ST002 (no such order). Internal.';
