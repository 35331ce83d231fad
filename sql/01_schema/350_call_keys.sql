-- Which calls were made under which key, and what they answered: a retry of a call that would do
-- its work twice gets the answer and does nothing.

CREATE TABLE call_keys (
    idempotency_key REFERENCE PRIMARY KEY,
    function_name TEXT NOT NULL,
    request_hash BYTEA NOT NULL,
    answer BIGINT,
    created_at INSTANT NOT NULL DEFAULT now(),
    CONSTRAINT call_keys_request_hash_is_sha256 CHECK (octet_length(request_hash) = 32)
);

CREATE TRIGGER call_keys_are_append_only
BEFORE UPDATE OR DELETE ON call_keys
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change(
    'a key stands for one call', 'Use a new key for a new call.'
);

COMMENT ON TABLE call_keys IS
'Append-only: idempotency keys of calls other than place_order(), which keeps its own.';
COMMENT ON COLUMN call_keys.idempotency_key IS 'One call''s in the whole store.';
COMMENT ON COLUMN call_keys.request_hash IS 'SHA-256 of the canonical request.';
COMMENT ON COLUMN call_keys.answer IS 'What the call returned; NULL where it returns nothing.';
