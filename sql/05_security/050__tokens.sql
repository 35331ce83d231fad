-- Whose a session token is: a JSON Web Token signed with HS256 by a live key. Signed first, read
-- afterwards: nothing in a token is parsed before its signature holds. Nothing here raises, since
-- the audit trail asks too and a note must not fail.

CREATE OR REPLACE FUNCTION _customer_id_of_text(p_text TEXT) RETURNS INT
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE
    WHEN p_text ~ '^[1-9][0-9]{0,9}$'
        THEN CASE WHEN p_text::BIGINT <= 2147483647 THEN p_text::INT END
END;
REVOKE EXECUTE ON FUNCTION _customer_id_of_text(TEXT) FROM PUBLIC;
COMMENT ON FUNCTION _customer_id_of_text(TEXT) IS
'The number p_text spells in digits, NULL where it is no INT above 0. Internal. Raises nothing.';

-- Base64 with - and _ for + and /, and without its padding. Read as Latin 1, in which every byte
-- but 0 is a character: what a token says in other letters is not looked at.
CREATE OR REPLACE FUNCTION _text_of_base64url(p_part TEXT) RETURNS TEXT
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE
    WHEN length(p_part) & 3 <> 1
        THEN CASE
            WHEN
                position(decode('00', 'hex') IN decode(
                    translate(p_part, '-_', '+/') || repeat('=', -length(p_part) & 3), 'base64'
                )) = 0
                THEN convert_from(decode(
                    translate(p_part, '-_', '+/') || repeat('=', -length(p_part) & 3), 'base64'
                ), 'LATIN1')
        END
END;
REVOKE EXECUTE ON FUNCTION _text_of_base64url(TEXT) FROM PUBLIC;
COMMENT ON FUNCTION _text_of_base64url(TEXT) IS
'The bytes of a token''s part as Latin 1, NULL where it holds none. Internal. Raises nothing where
p_part is made of letters, digits, - and _.';

-- What IS JSON OBJECT tells from PostgreSQL 16 on: each string becomes one character that no JSON
-- holds, each other scalar a 0, then each innermost array or object a 0, until nothing changes.
CREATE OR REPLACE FUNCTION _is_json_object(p_text TEXT) RETURNS BOOLEAN
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN p_text ~ '^[ \t\n\r]*[{]' AND p_text !~ '[\u0001-\u0008]' AND EXISTS (
    WITH RECURSIVE reduced (text) AS (
        SELECT
            translate(regexp_replace(
                regexp_replace(
                    p_text,
                    -- No \u0000 and no half of a surrogate pair, which JSONB does not take.
                    '"(?:[^"\\\u0001-\u001f]|\\["\\/bfnrt]'
                    '|\\u(?!0000|[dD][89a-fA-F])[[:xdigit:]]{4}'
                    '|\\u[dD][89abAB][[:xdigit:]]{2}\\u[dD][c-fC-F][[:xdigit:]]{2})*"',
                    U&'\0001', 'g'
                ),
                -- No exponent of three digits, of which some are too large for a NUMERIC.
                '-?(?:0|[1-9][0-9]*)(?:[.][0-9]+)?(?:[eE][+-]?[0-9]{1,2})?|true|false|null',
                '0', 'g'
            ), E' \t\n\r', '')
        UNION
        SELECT
            regexp_replace(
                reduced.text,
                '[{](?:\u0001:[0\u0001](?:,\u0001:[0\u0001])*)?[}]'
                '|[[](?:[0\u0001](?:,[0\u0001])*)?[]]', '0', 'g'
            )
        FROM reduced
    )

    SELECT FROM reduced WHERE reduced.text = '0'
);
REVOKE EXECUTE ON FUNCTION _is_json_object(TEXT) FROM PUBLIC;
COMMENT ON FUNCTION _is_json_object(TEXT) IS
'Whether p_text is a JSON object, and one that becomes JSONB without an error. Internal. Raises
nothing.';

-- JSON allows a member to stand twice, and readers differ in which one they believe. JSONB keeps
-- one of them, so that there are fewer names in it where one stood twice.
CREATE OR REPLACE FUNCTION _json_names_are_distinct(p_object JSON) RETURNS BOOLEAN
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN (SELECT count(*) FROM json_object_keys(p_object))
= (SELECT count(*) FROM jsonb_object_keys(p_object::JSONB));
REVOKE EXECUTE ON FUNCTION _json_names_are_distinct(JSON) FROM PUBLIC;
COMMENT ON FUNCTION _json_names_are_distinct(JSON) IS
'Whether no member of the object stands in it twice. Internal. Raises 22023 for no object.';

CREATE OR REPLACE FUNCTION _customer_id_of_token(p_token TEXT) RETURNS INT
LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path FROM CURRENT
AS $_customer_id_of_token$
DECLARE
    -- [.] and not a backslash, which a session may have read another way.
    c_number CONSTANT TEXT := '^-?[0-9]{1,15}([.][0-9]{1,15})?([eE][+-]?[0-9]{1,2})?$';
    -- Nearly every token: members one after the other, printable ASCII without a backslash.
    c_plain_object CONSTANT TEXT := '^[{]("[] !#-[^-~]*": ?("[] !#-[^-~]*"|[1-9][0-9]{0,17})'
        '(, ?(?="[^"]*":)|(?=[}])))+[}]$';
    v_parts TEXT[];
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
    v_parts := ARRAY[
        _text_of_base64url(split_part(p_token, '.', 1)),
        _text_of_base64url(split_part(p_token, '.', 2))
    ];
    IF (v_parts[1] ~ c_plain_object OR _is_json_object(v_parts[1])) IS NOT TRUE
        OR (v_parts[2] ~ c_plain_object OR _is_json_object(v_parts[2])) IS NOT TRUE
    THEN
        RETURN NULL;
    END IF;
    v_header := v_parts[1];
    v_claims := v_parts[2];
    v_expires := v_claims -> 'exp';
    v_not_before := v_claims -> 'nbf';
    RETURN CASE
        WHEN NOT _json_names_are_distinct(v_header) OR NOT _json_names_are_distinct(v_claims)
            THEN NULL
        WHEN v_header -> 'crit' IS NOT NULL THEN NULL  -- an extension we would have to know
        WHEN v_expires !~ c_number OR v_not_before !~ c_number THEN NULL
        WHEN
            (v_header -> 'alg')::TEXT = '"HS256"'
            AND (v_header -> 'kid')::TEXT = ANY (v_kids)
            AND v_expires::NUMERIC > v_now
            AND coalesce(v_not_before::NUMERIC <= v_now, TRUE)
            THEN _customer_id_of_text((v_claims -> 'customer_id')::TEXT)
    END;
END;
$_customer_id_of_token$;
REVOKE EXECUTE ON FUNCTION _customer_id_of_token(TEXT) FROM PUBLIC;
COMMENT ON FUNCTION _customer_id_of_token(TEXT) IS
'The customer a token names, NULL unless a live key signed it with HS256, its kid is that key, exp
is a number in the future, nbf (if any) one in the past, and customer_id a JSON integer. Internal.
Raises nothing.';

-- The one definition of whom a session acts for. It costs next to nothing where the session says
-- nothing: the audit trail asks once a row.
CREATE OR REPLACE FUNCTION _session_customer(OUT customer_id INT, OUT is_refused BOOLEAN)
LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path FROM CURRENT
AS $_session_customer$
DECLARE
    v_token TEXT := nullif(current_setting('app.session_token', TRUE), '');
    v_unsigned TEXT := nullif(current_setting('app.customer_id', TRUE), '');
BEGIN
    is_refused := FALSE;
    IF num_nonnulls(v_token, v_unsigned) = 0 THEN
        RETURN;
    END IF;
    -- Retired keys count too: their rows stay, so that this never turns back.
    IF EXISTS (SELECT FROM signing_keys) THEN
        customer_id := _customer_id_of_token(v_token);
        is_refused := v_token IS NOT NULL AND customer_id IS NULL;
    ELSE
        customer_id := _customer_id_of_text(v_unsigned);
    END IF;
END;
$_session_customer$;
REVOKE EXECUTE ON FUNCTION _session_customer() FROM PUBLIC;
COMMENT ON FUNCTION _session_customer() IS
'The customer the session acts for, NULL = nobody, and whether it named one by a token that does
not hold. Internal: current_customer_id() raises then, the audit trail notes nobody. Raises nothing.';
