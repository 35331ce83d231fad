-- A retry is the same order again, whatever became of it. The lock on the key comes before the
-- look: else a retry racing for the last piece would be told that the stock is short.

CREATE OR REPLACE FUNCTION find_repeated_order(
    p_customer_id INT, p_idempotency_key TEXT, p_request_hash BYTEA
) RETURNS INT
LANGUAGE plpgsql SET search_path FROM CURRENT
AS $find_repeated_order$
DECLARE
    v_order_id INT;
    v_request_hash BYTEA;
BEGIN
    -- Of this store: another one in the same database has customers of the same number.
    PERFORM pg_advisory_xact_lock(
        hashtextextended(p_idempotency_key, ('orders'::REGCLASS::OID::BIGINT << 32) + p_customer_id)
    );
    SELECT order_id, request_hash INTO v_order_id, v_request_hash
    FROM orders
    WHERE customer_id = p_customer_id AND idempotency_key = p_idempotency_key;
    IF v_order_id IS NOT NULL AND v_request_hash IS DISTINCT FROM p_request_hash THEN
        RAISE EXCEPTION 'the idempotency key was used for another request'
        USING ERRCODE = 'ST004',
            DETAIL = jsonb_build_object(
                'idempotency_key', p_idempotency_key, 'order_id', v_order_id
            ),
            HINT = 'Use a new key for a new order.';
    END IF;
    RETURN v_order_id;
END;
$find_repeated_order$;
REVOKE EXECUTE ON FUNCTION find_repeated_order(INT, TEXT, BYTEA) FROM PUBLIC;
COMMENT ON FUNCTION find_repeated_order(INT, TEXT, BYTEA) IS
'Locks the customer''s key until the transaction ends and returns the order already placed with it,
else NULL. Raises ST004 (used for another request). Internal.';
