-- A retry gets the answer of the call it repeats and does nothing. The lock on the key comes before
-- the look: else a retry racing for the last piece would be told that the stock is short.

CREATE OR REPLACE FUNCTION _keyed_call(
    p_idempotency_key TEXT, p_function_name TEXT, p_units ORDER_UNIT[], p_others JSONB
) RETURNS CALL_KEYS
LANGUAGE plpgsql SET search_path FROM CURRENT
AS $_keyed_call$
DECLARE
    v_key TEXT;
    v_call call_keys;
    v_known call_keys;
BEGIN
    IF p_idempotency_key IS NULL THEN
        RETURN NULL;
    END IF;
    v_key := _clean_argument(p_idempotency_key, 'p_idempotency_key', 255);
    v_call.key_digest := sha256(convert_to(v_key, 'UTF8'));
    v_call.function_name := p_function_name;
    v_call.request_hash := _request_hash(p_units, p_others);
    PERFORM pg_advisory_xact_lock(
        hashtextextended(v_key, 'call_keys'::REGCLASS::OID::BIGINT)
    );
    SELECT * INTO v_known FROM call_keys WHERE key_digest = v_call.key_digest;
    IF NOT found THEN
        RETURN v_call;
    END IF;
    IF (v_known.function_name, v_known.request_hash)
        IS DISTINCT FROM (v_call.function_name, v_call.request_hash) THEN
        PERFORM _refuse_key(v_key, jsonb_build_object('function', v_known.function_name));
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
    IF p_call.key_digest IS NOT NULL THEN
        -- Met only by a snapshot older than the lock: this then fails with 40001.
        INSERT INTO call_keys (key_digest, function_name, request_hash, answer)
        VALUES (p_call.key_digest, p_call.function_name, p_call.request_hash, p_answer)
        ON CONFLICT (key_digest) DO NOTHING;
    END IF;
END;
$_remember_call$;
REVOKE EXECUTE ON FUNCTION _remember_call(CALL_KEYS, BIGINT) FROM PUBLIC;
COMMENT ON FUNCTION _remember_call(CALL_KEYS, BIGINT) IS
'Keeps the answer of a call that _keyed_call() said was new; without a key nothing. Raises 40001 (an
old snapshot). Internal.';
