-- The same form for a text of several lines, as a reason or a description is.

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
