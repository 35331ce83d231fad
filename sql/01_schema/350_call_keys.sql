-- Which calls were made under which key, and what they answered: a retry of a call that would do
-- its work twice gets the answer and does nothing. A key is the caller's own word, which may name a
-- person, and whose call it was nobody can tell later: so only its digest is kept.

CREATE TABLE call_keys (
    key_digest BYTEA PRIMARY KEY,
    function_name TEXT NOT NULL,
    request_hash BYTEA NOT NULL,
    answer BIGINT,
    created_at INSTANT NOT NULL DEFAULT now(),
    CONSTRAINT call_keys_digests_are_sha256
    CHECK (octet_length(key_digest) = 32 AND octet_length(request_hash) = 32)
);

CREATE TRIGGER call_keys_are_append_only
BEFORE UPDATE OR DELETE ON call_keys
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change(
    'a key stands for one call', 'Use a new key for a new call.'
);

COMMENT ON TABLE call_keys IS
'Append-only: the keys of calls other than place_order(), which keeps its own.';
COMMENT ON COLUMN call_keys.key_digest IS
'SHA-256 of the idempotency key, which is one call''s in the whole store.';
COMMENT ON COLUMN call_keys.request_hash IS 'SHA-256 of the canonical request.';
COMMENT ON COLUMN call_keys.answer IS 'What the call returned; NULL where it returns nothing.';
