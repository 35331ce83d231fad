-- Whose a session token is: a JSON Web Token signed with HS256 by a live key. Signed first, read
-- afterwards: nothing in a token is parsed before its signature holds, so a forged one can at most
-- be refused.

CREATE OR REPLACE FUNCTION customer_id_of_token(p_token TEXT) RETURNS INT
LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path FROM CURRENT
AS $customer_id_of_token$
DECLARE
    c_number CONSTANT TEXT := '^-?[0-9]{1,15}(\.[0-9]{1,15})?([eE][+-]?[0-9]{1,2})?$';
    v_signed BYTEA;
    v_kids TEXT[];
    v_is_ours BOOLEAN;
    v_customer_id TEXT;
    v_expires TEXT;
    v_not_before TEXT;
    v_now NUMERIC := extract(EPOCH FROM statement_timestamp());
BEGIN
    IF length(p_token) > 2048
        OR p_token !~ '^[A-Za-z0-9_-]{2,}\.[A-Za-z0-9_-]{2,}\.[A-Za-z0-9_-]{43}$'
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

    -- JSON, not JSONB: a member that stands twice is seen twice, and 1.0 or "1" is not 1.
    SELECT
        count(*) = count(DISTINCT member.key)
        AND bool_or(member.key = 'alg' AND member.value::TEXT = '"HS256"')
        AND bool_or(member.key = 'kid' AND member.value::TEXT = ANY (v_kids))
        AND NOT bool_or(member.key = 'crit')  -- an extension we would have to understand
    INTO v_is_ours
    FROM json_each(json_of_base64url(split_part(p_token, '.', 1))) AS member;
    IF v_is_ours IS NOT TRUE THEN
        RETURN NULL;
    END IF;

    SELECT
        count(*) = count(DISTINCT claim.key),
        max(claim.value::TEXT) FILTER (WHERE claim.key = 'customer_id'),
        max(claim.value::TEXT) FILTER (WHERE claim.key = 'exp'),
        max(claim.value::TEXT) FILTER (WHERE claim.key = 'nbf')
    INTO v_is_ours, v_customer_id, v_expires, v_not_before
    FROM json_each(json_of_base64url(split_part(p_token, '.', 2))) AS claim;
    RETURN CASE
        WHEN v_is_ours IS NOT TRUE THEN NULL
        WHEN v_expires !~ c_number OR v_not_before !~ c_number THEN NULL
        WHEN v_expires::NUMERIC > v_now AND coalesce(v_not_before::NUMERIC <= v_now, TRUE)
            THEN customer_id_of_text(v_customer_id)
    END;
END;
$customer_id_of_token$;
REVOKE EXECUTE ON FUNCTION customer_id_of_token(TEXT) FROM PUBLIC;
COMMENT ON FUNCTION customer_id_of_token(TEXT) IS
'The customer a token names, NULL unless a live key signed it with HS256, its kid is that key, exp
is a number in the future, nbf (if any) one in the past, and customer_id a JSON integer. Internal.
Raises 22P02 or 22021 only where a token our own key signed holds no JSON.';
