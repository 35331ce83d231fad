-- Whose a session token is: a JSON Web Token signed with HS256 by a live key. Signed first, read
-- afterwards: nothing in a token is parsed before its signature holds, so a forged one can at most
-- be refused.

CREATE OR REPLACE FUNCTION customer_id_of_token(p_token TEXT) RETURNS INT
LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path FROM CURRENT
AS $customer_id_of_token$
DECLARE
    -- [.] and not a backslash, which a session may have read another way.
    c_number CONSTANT TEXT := '^-?[0-9]{1,15}([.][0-9]{1,15})?([eE][+-]?[0-9]{1,2})?$';
    v_signed BYTEA;
    v_kids TEXT[];
    v_header JSON;
    v_claims JSON;
    v_expires TEXT;
    v_not_before TEXT;
    v_now NUMERIC := extract(EPOCH FROM statement_timestamp());
BEGIN
    IF length(p_token) > 2048
        OR p_token !~ '^[A-Za-z0-9_-]{2,}[.][A-Za-z0-9_-]{2,}[.][A-Za-z0-9_-]{43}$'
    THEN
        RETURN NULL;
    END IF;

    -- Compared as text, so that no other spelling of the same bytes passes, and as hashes, so that
    -- the time it takes tells nothing of how much of a guess was right.
    v_signed := convert_to(left(p_token, -44), 'UTF8');
    SELECT array_agg(format('"%s"', signing_keys.key_id)) INTO v_kids
    FROM signing_keys
    WHERE
        signing_keys.retired_at IS NULL
        AND sha256(convert_to(right(p_token, 43), 'UTF8')) = sha256(convert_to(
            rtrim(translate(encode(
                sha256(signing_keys.outer_pad || sha256(signing_keys.inner_pad || v_signed)),
                'base64'
            ), '+/', '-_'), '='), 'UTF8'
        ));
    IF v_kids IS NULL THEN
        RETURN NULL;
    END IF;

    -- JSON and not JSONB, whose text is as it was written: 1.0 and "1" are not 1.
    v_header := json_of_base64url(split_part(p_token, '.', 1));
    v_claims := json_of_base64url(split_part(p_token, '.', 2));
    v_expires := v_claims -> 'exp';
    v_not_before := v_claims -> 'nbf';
    RETURN CASE
        WHEN NOT json_names_are_distinct(v_header) OR NOT json_names_are_distinct(v_claims)
            THEN NULL
        WHEN v_header -> 'crit' IS NOT NULL THEN NULL  -- an extension we would have to know
        WHEN v_expires !~ c_number OR v_not_before !~ c_number THEN NULL
        WHEN
            (v_header -> 'alg')::TEXT = '"HS256"'
            AND (v_header -> 'kid')::TEXT = ANY (v_kids)
            AND v_expires::NUMERIC > v_now
            AND coalesce(v_not_before::NUMERIC <= v_now, TRUE)
            THEN customer_id_of_text((v_claims -> 'customer_id')::TEXT)
    END;
END;
$customer_id_of_token$;
REVOKE EXECUTE ON FUNCTION customer_id_of_token(TEXT) FROM PUBLIC;
COMMENT ON FUNCTION customer_id_of_token(TEXT) IS
'The customer a token names, NULL unless a live key signed it with HS256, its kid is that key, exp
is a number in the future, nbf (if any) one in the past, and customer_id a JSON integer. Internal.
Raises 22023, 22P02 or the like only where a token our own key signed holds no JSON object.';
