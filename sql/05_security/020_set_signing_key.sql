-- Adds a key that session tokens may be signed with. Several may be live at once, so that keys are
-- rotated without signing anybody out: set the new one, sign with it, retire the old one once its
-- last token has expired. The first key ever set ends the trust in app.customer_id for good.

CREATE OR REPLACE FUNCTION set_signing_key(p_key_id TEXT, p_secret BYTEA) RETURNS VOID
LANGUAGE plpgsql SET search_path FROM CURRENT
AS $set_signing_key$
DECLARE
    v_block BYTEA;
    v_inner_pad BYTEA;
    v_outer_pad BYTEA;
BEGIN
    -- Neither message says anything of the secret: both may end in a log.
    IF (octet_length(p_key_id) <= 64 AND p_key_id ~ '^[A-Za-z0-9_-]+$') IS NOT TRUE THEN
        RAISE EXCEPTION 'a key id is 1 to 64 letters, digits, - or _' USING ERRCODE = 'ST003',
            DETAIL = jsonb_build_object('key_id', left(p_key_id, 65)),
            HINT = 'Choose what the tokens'' header will carry as kid, such as a date.';
    END IF;
    IF p_secret IS NULL OR octet_length(p_secret) < 32 THEN
        RAISE EXCEPTION 'the secret of key % is shorter than 32 bytes', p_key_id
        USING ERRCODE = 'ST003',
            DETAIL = jsonb_build_object('key_id', p_key_id, 'bytes', octet_length(p_secret)),
            HINT = 'Take 32 bytes or more from a random generator; pass them as a bound parameter.';
    END IF;

    -- HMAC, RFC 2104: a secret longer than a block is hashed, then zeros fill the block.
    v_block := CASE WHEN octet_length(p_secret) > 64 THEN sha256(p_secret) ELSE p_secret END;
    v_block := v_block || substr(decode(repeat('00', 64), 'hex'), octet_length(v_block) + 1);
    SELECT
        string_agg(set_byte('0', 0, get_byte(v_block, i) # 54), '' ORDER BY i),
        string_agg(set_byte('0', 0, get_byte(v_block, i) # 92), '' ORDER BY i)
    INTO v_inner_pad, v_outer_pad
    FROM generate_series(0, 63) AS i;

    INSERT INTO signing_keys (key_id, inner_pad, outer_pad)
    VALUES (p_key_id, v_inner_pad, v_outer_pad)
    ON CONFLICT (key_id) DO NOTHING;
    -- The same key again changes nothing; a retired one, whose pads are gone, is another.
    IF NOT EXISTS (
        SELECT FROM signing_keys
        WHERE key_id = p_key_id AND inner_pad = v_inner_pad AND outer_pad = v_outer_pad
    ) THEN
        RAISE EXCEPTION 'key id % was used already', p_key_id USING ERRCODE = 'ST004',
            DETAIL = jsonb_build_object('key_id', p_key_id),
            HINT = 'Choose a key id that no key has had, retired ones included.';
    END IF;
END;
$set_signing_key$;
REVOKE EXECUTE ON FUNCTION set_signing_key(TEXT, BYTEA) FROM PUBLIC;
COMMENT ON FUNCTION set_signing_key(TEXT, BYTEA) IS
'Adds key p_key_id (a token''s kid) with p_secret, 32 bytes or more; the same key again changes
nothing. Pass the secret as a bound parameter, so that no log shows it. Owner only. Raises ST003
(malformed id, short secret), ST004 (the id had another secret or is retired).';
