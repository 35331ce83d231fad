-- A retry gets the answer of the call it repeats and does nothing. The lock on the key comes before
-- the look: else a retry racing for the last piece would be told that the stock is short.

CREATE OR REPLACE FUNCTION _request_hash(p_units ORDER_UNIT[], p_others JSONB) RETURNS BYTEA
LANGUAGE sql IMMUTABLE
RETURN (
    SELECT
        sha256(
            convert_to(
                jsonb_build_array(
                    jsonb_agg(
                        jsonb_build_array(coalesce(unit.product_id, unit.line_no), unit.quantity)
                        ORDER BY coalesce(unit.product_id, unit.line_no)
                    ),
                    p_others
                )::TEXT, 'UTF8'
            )
        )
    FROM unnest(p_units) AS unit
);
REVOKE EXECUTE ON FUNCTION _request_hash(ORDER_UNIT[], JSONB) FROM PUBLIC;
COMMENT ON FUNCTION _request_hash(ORDER_UNIT[], JSONB) IS
'SHA-256 of what makes two requests the same: the units asked for, in whatever order, and the other
arguments. Internal.';

CREATE OR REPLACE FUNCTION _refuse_key(p_idempotency_key TEXT, p_details JSONB) RETURNS VOID
LANGUAGE plpgsql SET search_path FROM CURRENT
AS $_refuse_key$
BEGIN
    RAISE EXCEPTION 'the idempotency key was used for another request'
    USING ERRCODE = 'ST004',
        DETAIL = jsonb_build_object('idempotency_key', p_idempotency_key) || p_details,
        HINT = 'Use a new key for a new request.';
END;
$_refuse_key$;
REVOKE EXECUTE ON FUNCTION _refuse_key(TEXT, JSONB) FROM PUBLIC;
COMMENT ON FUNCTION _refuse_key(TEXT, JSONB) IS 'Always raises ST004. Internal.';

CREATE OR REPLACE FUNCTION _repeated_order(
    p_customer_id INT, p_idempotency_key TEXT, p_request_hash BYTEA
) RETURNS INT
LANGUAGE plpgsql SET search_path FROM CURRENT
AS $_repeated_order$
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
        PERFORM _refuse_key(p_idempotency_key, jsonb_build_object('order_id', v_order_id));
    END IF;
    RETURN v_order_id;
END;
$_repeated_order$;
REVOKE EXECUTE ON FUNCTION _repeated_order(INT, TEXT, BYTEA) FROM PUBLIC;
COMMENT ON FUNCTION _repeated_order(INT, TEXT, BYTEA) IS
'Locks the customer''s key until the transaction ends and returns the order already placed with it,
else NULL. Raises ST004 (used for another request). Internal.';

CREATE OR REPLACE FUNCTION _keyed_call(
    p_idempotency_key TEXT, p_function_name TEXT, p_units ORDER_UNIT[], p_others JSONB
) RETURNS CALL_KEYS
LANGUAGE plpgsql SET search_path FROM CURRENT
AS $_keyed_call$
DECLARE
    v_call call_keys;
    v_known call_keys;
BEGIN
    IF p_idempotency_key IS NULL THEN
        RETURN NULL;
    END IF;
    v_call.idempotency_key := _clean_argument(p_idempotency_key, 'p_idempotency_key', 255);
    v_call.function_name := p_function_name;
    v_call.request_hash := _request_hash(p_units, p_others);
    PERFORM pg_advisory_xact_lock(
        hashtextextended(v_call.idempotency_key, 'call_keys'::REGCLASS::OID::BIGINT)
    );
    SELECT * INTO v_known FROM call_keys WHERE idempotency_key = v_call.idempotency_key;
    IF NOT found THEN
        RETURN v_call;
    END IF;
    IF (v_known.function_name, v_known.request_hash)
        IS DISTINCT FROM (v_call.function_name, v_call.request_hash) THEN
        PERFORM _refuse_key(
            v_known.idempotency_key, jsonb_build_object('function', v_known.function_name)
        );
    END IF;
    RETURN v_known;
END;
$_keyed_call$;
REVOKE EXECUTE ON FUNCTION _keyed_call(TEXT, TEXT, ORDER_UNIT[], JSONB) FROM PUBLIC;
COMMENT ON FUNCTION _keyed_call(TEXT, TEXT, ORDER_UNIT[], JSONB) IS
'Locks the key until the transaction ends. A call made before is returned as it is kept, created_at
and answer included; a new one without either; without a key NULL. Raises ST003 (blank or too long
a key), ST004 (used for another request). Internal.';

CREATE OR REPLACE FUNCTION _remember_call(p_call CALL_KEYS, p_answer BIGINT DEFAULT NULL)
RETURNS VOID
LANGUAGE plpgsql SET search_path FROM CURRENT
AS $_remember_call$
BEGIN
    IF p_call.idempotency_key IS NOT NULL THEN
        INSERT INTO call_keys (idempotency_key, function_name, request_hash, answer)
        VALUES (p_call.idempotency_key, p_call.function_name, p_call.request_hash, p_answer);
    END IF;
END;
$_remember_call$;
REVOKE EXECUTE ON FUNCTION _remember_call(CALL_KEYS, BIGINT) FROM PUBLIC;
COMMENT ON FUNCTION _remember_call(CALL_KEYS, BIGINT) IS
'Keeps the answer of a call that _keyed_call() said was new; without a key nothing. Internal.';
