-- Ends a key: tokens it signed count no more, from the next statement on. Its row stays without
-- the secret, so that its id is never used again and app.customer_id never trusted again.

CREATE OR REPLACE FUNCTION retire_signing_key(p_key_id TEXT) RETURNS VOID
LANGUAGE plpgsql SET search_path FROM CURRENT
AS $retire_signing_key$
BEGIN
    UPDATE signing_keys
    SET
        inner_pad = NULL,
        outer_pad = NULL,
        retired_at = now()
    WHERE key_id = p_key_id AND retired_at IS NULL;
    IF NOT found AND NOT EXISTS (SELECT FROM signing_keys WHERE key_id = p_key_id) THEN
        RAISE EXCEPTION 'there is no such key' USING ERRCODE = 'ST003',
            DETAIL = jsonb_build_object('key_id', left(p_key_id, 65)),
            HINT = 'SELECT key_id, retired_at FROM signing_keys lists them.';
    END IF;
END;
$retire_signing_key$;
REVOKE EXECUTE ON FUNCTION retire_signing_key(TEXT) FROM PUBLIC;
COMMENT ON FUNCTION retire_signing_key(TEXT) IS
'Ends key p_key_id and forgets its secret; a retired key again changes nothing. With no key left
every customer is signed out. Owner only. Raises ST003 (no such key).';
