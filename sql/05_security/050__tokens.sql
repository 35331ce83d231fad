-- Whose a session token is: a JSON Web Token signed with HS256 by a live key. Signed first, read
-- afterwards: nothing in a token is parsed before its signature holds. Nothing here raises, since
-- the audit trail asks too and a note must not fail.

-- JSON, whose text is as it was written: 1.0 and "1" are not 1. Nothing that asks this is PARALLEL
-- SAFE: before 17 a parallel query cannot begin the subtransaction by which an error is caught.
CREATE OR REPLACE FUNCTION _token_part(p_part TEXT) RETURNS JSON
LANGUAGE plpgsql IMMUTABLE SET search_path FROM CURRENT
AS $_token_part$
DECLARE
    v_part JSON;
BEGIN
    v_part := convert_from(decode(
        rpad(translate(p_part, '-_', '+/'), length(p_part) + 3 & -4, '='), 'base64'
    ), 'UTF8')::JSON;
    -- A name that stands twice is refused: readers differ in which they believe. JSONB keeps one.
    RETURN CASE
        WHEN (SELECT count(*) FROM json_object_keys(v_part))
            = (SELECT count(*) FROM jsonb_object_keys(v_part::JSONB)) THEN v_part
    END;
EXCEPTION WHEN data_exception OR statement_too_complex THEN
    RETURN NULL;
END;
$_token_part$;
REVOKE EXECUTE ON FUNCTION _token_part(TEXT) FROM PUBLIC;
COMMENT ON FUNCTION _token_part(TEXT) IS
'The JSON object p_part spells in base64url, NULL = none, or a member named twice. Internal.';

CREATE OR REPLACE FUNCTION _customer_id_of_token(p_token TEXT) RETURNS TEXT
LANGUAGE plpgsql STABLE SET search_path FROM CURRENT
AS $_customer_id_of_token$
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
    IF octet_length(p_token) > 2048
        OR p_token !~ '^[A-Za-z0-9_-]{2,}[.][A-Za-z0-9_-]{2,}[.][A-Za-z0-9_-]{43}$'
    THEN
        RETURN NULL;
    END IF;

    -- Compared as text, so that no other spelling of the same bytes passes, and as hashes, so that
    -- the time it takes tells nothing of how much of a guess was right.
    v_signed := convert_to(left(p_token, -44), 'UTF8');
    SELECT array_agg(format('"%s"', key_id)) INTO v_kids
    FROM signing_keys
    WHERE
        retired_at IS NULL
        AND sha256(convert_to(right(p_token, 43), 'UTF8')) = sha256(convert_to(
            rtrim(translate(encode(
                sha256(outer_pad || sha256(inner_pad || v_signed)), 'base64'
            ), '+/', '-_'), '='), 'UTF8'
        ));
    IF v_kids IS NULL THEN
        RETURN NULL;
    END IF;

    v_header := _token_part(split_part(p_token, '.', 1));
    v_claims := _token_part(split_part(p_token, '.', 2));
    v_expires := v_claims -> 'exp';
    v_not_before := v_claims -> 'nbf';
    RETURN CASE
        WHEN v_header -> 'crit' IS NOT NULL THEN NULL  -- an extension we would have to know
        WHEN v_expires !~ c_number OR v_not_before !~ c_number THEN NULL
        WHEN
            (v_header -> 'alg')::TEXT = '"HS256"'
            AND (v_header -> 'kid')::TEXT = ANY (v_kids)
            AND v_expires::NUMERIC > v_now
            AND coalesce(v_not_before::NUMERIC <= v_now, TRUE)
            THEN v_claims -> 'customer_id'
    END;
END;
$_customer_id_of_token$;
REVOKE EXECUTE ON FUNCTION _customer_id_of_token(TEXT) FROM PUBLIC;
COMMENT ON FUNCTION _customer_id_of_token(TEXT) IS
'customer_id as it is written in a token that holds, NULL where it does not. Internal.';

-- The one definition of whom a session acts for. It costs next to nothing where the session says
-- nothing: the audit trail asks once a row.
CREATE OR REPLACE FUNCTION _session_customer(OUT customer_id INT, OUT is_refused BOOLEAN)
LANGUAGE plpgsql STABLE SET search_path FROM CURRENT
AS $_session_customer$
DECLARE
    v_token TEXT := nullif(current_setting('app.session_token', TRUE), '');
    v_number TEXT := nullif(current_setting('app.customer_id', TRUE), '');
BEGIN
    is_refused := FALSE;
    IF num_nonnulls(v_token, v_number) = 0 THEN
        RETURN;
    END IF;
    -- Retired keys count too: their rows stay, so that this never turns back.
    IF EXISTS (SELECT FROM signing_keys) THEN
        v_number := _customer_id_of_token(v_token);
        is_refused := v_token IS NOT NULL;
    END IF;
    IF octet_length(v_number) <= 10 AND v_number ~ '^[1-9][0-9]*$' THEN
        customer_id := CASE WHEN v_number::BIGINT <= 2147483647 THEN v_number::INT END;
        is_refused := is_refused AND customer_id IS NULL;
    END IF;
END;
$_session_customer$;
REVOKE EXECUTE ON FUNCTION _session_customer() FROM PUBLIC;
COMMENT ON FUNCTION _session_customer() IS
'The customer the session acts for, NULL = nobody, and whether its token does not hold. Internal.';
