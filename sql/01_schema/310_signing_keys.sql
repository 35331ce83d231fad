-- What session tokens are signed with. Only the two padded blocks HMAC needs are kept, computed
-- once; they are worth the secret. A retired key loses them but its row stays: once a key was
-- ever set, an unsigned customer id never counts again.

CREATE TABLE signing_keys (
    key_id TEXT PRIMARY KEY,
    inner_pad BYTEA,
    outer_pad BYTEA,
    created_at INSTANT NOT NULL DEFAULT now(),
    retired_at INSTANT,
    CONSTRAINT signing_keys_key_id_is_url_safe CHECK (key_id ~ '^[A-Za-z0-9_-]{1,64}$'),
    CONSTRAINT signing_keys_live_ones_have_both_pads CHECK (
        CASE
            WHEN retired_at IS NOT NULL THEN num_nonnulls(inner_pad, outer_pad) = 0
            ELSE
                num_nulls(inner_pad, outer_pad) = 0
                AND octet_length(inner_pad) = 64
                AND octet_length(outer_pad) = 64
        END
    )
);

CREATE TRIGGER signing_keys_rows_stay
BEFORE DELETE ON signing_keys
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change(
    'without its keys the store would trust unsigned ids again', 'Retire the key instead.'
);

COMMENT ON TABLE signing_keys IS 'HMAC keys of session tokens; readable by the owner alone.';
COMMENT ON COLUMN signing_keys.key_id IS 'The kid of a token''s header.';
COMMENT ON COLUMN signing_keys.inner_pad IS
'HMAC''s inner padded key, 64 bytes; NULL once retired.';
COMMENT ON COLUMN signing_keys.outer_pad IS
'HMAC''s outer padded key, 64 bytes; NULL once retired.';
COMMENT ON COLUMN signing_keys.retired_at IS 'When it ceased to count.';
