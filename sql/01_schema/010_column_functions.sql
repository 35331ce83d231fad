-- What the columns of many tables call. A text that people type is kept in one form, so that what
-- looks the same is the same: NFC, nothing invisible at its ends, no control characters inside.
-- And who asked for a row, which its ledger notes.

-- White space and what has no width: blanks of every kind, soft hyphen, joiners, marks of
-- direction, fillers, the byte order mark.
CREATE FUNCTION unseen_characters() RETURNS TEXT
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN U&'\0020\00A0\1680\2000\2001\2002\2003\2004\2005\2006\2007\2008\2009\200A\202F'
'\205F\3000\00AD\034F\061C\115F\1160\17B4\17B5\180B\180C\180D\180E\180F\200B'
'\200C\200D\200E\200F\202A\202B\202C\202D\202E\2060\2061\2062\2063\2064\2065'
'\2066\2067\2068\2069\206A\206B\206C\206D\206E\206F\2800\3164\FEFF\FFA0';
REVOKE EXECUTE ON FUNCTION unseen_characters() FROM PUBLIC;
COMMENT ON FUNCTION unseen_characters() IS
'Every white space and every character that takes no room, one after the other. Raises nothing.';

-- Not STRICT: a domain's check then holds its body instead of a call, at a tenth of the time.
CREATE FUNCTION clean_text(p_text TEXT) RETURNS TEXT
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE
    -- Most texts are plain ASCII and clean already.
    WHEN p_text ~ '^[!-~]([ -~]*[!-~])?$' THEN p_text
    ELSE
        nullif(normalize(
            btrim(
                -- A line break or tab inside separates words; no other control means anything.
                regexp_replace(
                    regexp_replace(p_text, '[\u0009-\u000d\u0085\u2028\u2029]+', ' ', 'g'),
                    '[\u0001-\u001f\u007f-\u009f]', '', 'g'
                ),
                unseen_characters()
            ), nfc
        ), '')
END;
REVOKE EXECUTE ON FUNCTION clean_text(TEXT) FROM PUBLIC;
COMMENT ON FUNCTION clean_text(TEXT) IS
'p_text on one line, in NFC, without white space or invisible characters at its ends and without
control characters inside; NULL where nothing is left. Raises nothing.';

-- One spelling of what is to be one thing: a mailbox, a SKU, a coupon. In a name a joiner or a
-- selector may change how letters look; in these it would only make a second one that looks alike.
CREATE FUNCTION clean_code(p_text TEXT) RETURNS TEXT
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE
    WHEN p_text ~ '^[!-~]([ -~]*[!-~])?$' THEN p_text
    ELSE
        clean_text(regexp_replace(
            translate(
                regexp_replace(
                    p_text, '[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]', ' ', 'g'
                ),
                substr(unseen_characters(), 2), ''  -- all but the blank
            ),
            '[\ufe00-\ufe0f\ufff0-\ufffb\U00013430-\U0001343f\U0001bca0-\U0001bca3'
            '\U0001d173-\U0001d17a\U000e0000-\U000e0fff]', '', 'g'
        ))
END;
REVOKE EXECUTE ON FUNCTION clean_code(TEXT) FROM PUBLIC;
COMMENT ON FUNCTION clean_code(TEXT) IS
'p_text as clean_text() gives it, and without invisible characters inside: every blank is a plain
one, and what takes no room is left out. NULL where nothing is left. Raises nothing.';

CREATE FUNCTION is_email(p_text TEXT) RETURNS BOOLEAN
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN p_text ~ '^[^@[:space:]]+@[^@[:space:]]+$'
AND p_text = clean_code(p_text);
REVOKE EXECUTE ON FUNCTION is_email(TEXT) FROM PUBLIC;
COMMENT ON FUNCTION is_email(TEXT) IS
'Whether p_text is two parts with one @ between, without white space or invisible characters. NULL
where it is NULL. Raises nothing.';

CREATE FUNCTION clean_lines(p_text TEXT) RETURNS TEXT
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN (
    SELECT
        nullif(btrim(
            string_agg(coalesce(clean_text(line.text), ''), E'\n' ORDER BY line.number), E'\n'
        ), '')
    FROM
        regexp_split_to_table(p_text, '\r\n|[\n\u000b\u000c\r\u0085\u2028\u2029]')
        WITH ORDINALITY AS line (text, number)
);
REVOKE EXECUTE ON FUNCTION clean_lines(TEXT) FROM PUBLIC;
COMMENT ON FUNCTION clean_lines(TEXT) IS
'p_text with its line breaks, as LF, and each line cleaned as clean_text() does; NULL where nothing
is left. Raises nothing.';

-- Inside a definer function current_user is always the owner; the role the session has SET, else
-- its login, is who really asked. Every ledger's defaults are this function and the next, so no
-- caller can forget them or claim to be another.
CREATE FUNCTION acting_role() RETURNS TEXT
LANGUAGE sql STABLE PARALLEL RESTRICTED
RETURN coalesce(nullif(current_setting('role'), 'none'), session_user);
REVOKE EXECUTE ON FUNCTION acting_role() FROM PUBLIC;
COMMENT ON FUNCTION acting_role() IS
'The role this session acts as: the one it has SET, else its login. Raises nothing.';

-- Bound late: what a token says is decided with the security of the store.
CREATE FUNCTION acting_customer() RETURNS INT
LANGUAGE plpgsql STABLE SET search_path FROM CURRENT
AS $acting_customer$
DECLARE
    v_session RECORD := _session_customer();
BEGIN
    RETURN v_session.customer_id;
END;
$acting_customer$;
REVOKE EXECUTE ON FUNCTION acting_customer() FROM PUBLIC;
COMMENT ON FUNCTION acting_customer() IS
'The customer this session acts for, NULL = nobody; a token that does not hold is nobody here, for
a note must not fail. Raises nothing.';
