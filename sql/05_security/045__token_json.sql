-- What a part of a session token holds: JSON in base64url, read without raising, since the audit
-- trail asks too and a note must not fail.

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
