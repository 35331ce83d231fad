-- pgTAP's assertions about whole results: none, some, equal in order, equal as sets, as bags.
-- A query under test runs once, whatever it changes.

CREATE OR REPLACE FUNCTION is_empty(p_query TEXT, p_description TEXT) RETURNS TEXT
LANGUAGE plpgsql
AS $is_empty$
DECLARE
    found_row RECORD;
    found_rows TEXT := '';
BEGIN
    FOR found_row IN EXECUTE p_query LOOP
        found_rows := found_rows || E'\n        ' || found_row::TEXT;
    END LOOP;
    RETURN ok_or_diag(found_rows = '', p_description, '    Unexpected records:' || found_rows);
END;
$is_empty$;

CREATE OR REPLACE FUNCTION isnt_empty(p_query TEXT, p_description TEXT) RETURNS TEXT
LANGUAGE plpgsql
AS $isnt_empty$
DECLARE
    row_count INT;
BEGIN
    EXECUTE p_query;
    GET DIAGNOSTICS row_count = ROW_COUNT;
    RETURN ok(row_count > 0, p_description);
END;
$isnt_empty$;

CREATE OR REPLACE FUNCTION results_eq(p_have TEXT, p_want TEXT, p_description TEXT) RETURNS TEXT
LANGUAGE plpgsql
AS $results_eq$
DECLARE
    have REFCURSOR;
    want REFCURSOR;
    have_row RECORD;
    want_row RECORD;
    have_found BOOLEAN;
    want_found BOOLEAN;
    is_same BOOLEAN := FALSE;
    row_number INT := 0;
BEGIN
    OPEN have FOR EXECUTE p_have;
    OPEN want FOR EXECUTE p_want;
    LOOP
        row_number := row_number + 1;
        FETCH have INTO have_row;
        have_found := FOUND;
        FETCH want INTO want_row;
        want_found := FOUND;
        is_same := have_found = want_found AND have_row IS NOT DISTINCT FROM want_row;
        EXIT WHEN NOT is_same OR NOT have_found;
    END LOOP;
    RETURN ok_or_diag(is_same, p_description, format(
        E'    Results differ beginning at row %s:\n        have: %s\n        want: %s', row_number,
        CASE WHEN have_found THEN have_row::TEXT ELSE 'NULL' END,
        CASE WHEN want_found THEN want_row::TEXT ELSE 'NULL' END));
EXCEPTION WHEN DATATYPE_MISMATCH THEN
    RETURN ok_or_diag(FALSE, p_description, format(
        E'    Number of columns or their types differ between the queries:\n'
        '        have: %s\n        want: %s\n        ERROR: %s', have_row, want_row, sqlerrm));
END;
$results_eq$;

-- The elements of an array, in their order, as a query.
CREATE OR REPLACE FUNCTION as_query(p_elements ANYARRAY) RETURNS TEXT
LANGUAGE sql
AS $as_query$
    SELECT format('SELECT * FROM unnest(%L::%s)', p_elements, pg_typeof(p_elements));
$as_query$;

CREATE OR REPLACE FUNCTION without_order_eq(
    p_have TEXT, p_want TEXT, p_except TEXT, p_description TEXT
) RETURNS TEXT
LANGUAGE plpgsql
AS $without_order_eq$
DECLARE
    found_row RECORD;
    extra TEXT := '';
    missing TEXT := '';
BEGIN
    EXECUTE 'CREATE TEMP TABLE tap_have AS ' || p_have;
    EXECUTE 'CREATE TEMP TABLE tap_want AS ' || p_want;
    FOR found_row IN EXECUTE format('TABLE tap_have %s TABLE tap_want', p_except) LOOP
        extra := extra || E'\n        ' || found_row::TEXT;
    END LOOP;
    FOR found_row IN EXECUTE format('TABLE tap_want %s TABLE tap_have', p_except) LOOP
        missing := missing || E'\n        ' || found_row::TEXT;
    END LOOP;
    DROP TABLE tap_have, tap_want;
    RETURN ok_or_diag(extra = '' AND missing = '', p_description, concat_ws(chr(10),
        '    Extra records:' || nullif(extra, ''), '    Missing records:' || nullif(missing, '')));
EXCEPTION WHEN SYNTAX_ERROR OR DATATYPE_MISMATCH THEN
    RETURN ok_or_diag(FALSE, p_description, '    Columns differ between queries: ' || sqlerrm);
END;
$without_order_eq$;

CREATE OR REPLACE FUNCTION results_eq(p_have TEXT, p_want ANYARRAY, p_description TEXT)
RETURNS TEXT
LANGUAGE sql
AS $results_eq$
    SELECT results_eq(p_have, as_query(p_want), p_description);
$results_eq$;

CREATE OR REPLACE FUNCTION set_eq(p_have TEXT, p_want TEXT, p_description TEXT) RETURNS TEXT
LANGUAGE sql
AS $set_eq$
    SELECT without_order_eq(p_have, p_want, 'EXCEPT', p_description);
$set_eq$;

CREATE OR REPLACE FUNCTION set_eq(p_have TEXT, p_want ANYARRAY, p_description TEXT) RETURNS TEXT
LANGUAGE sql
AS $set_eq$
    SELECT without_order_eq(p_have, as_query(p_want), 'EXCEPT', p_description);
$set_eq$;

CREATE OR REPLACE FUNCTION bag_eq(p_have TEXT, p_want TEXT, p_description TEXT) RETURNS TEXT
LANGUAGE sql
AS $bag_eq$
    SELECT without_order_eq(p_have, p_want, 'EXCEPT ALL', p_description);
$bag_eq$;

CREATE OR REPLACE FUNCTION bag_eq(p_have TEXT, p_want ANYARRAY, p_description TEXT) RETURNS TEXT
LANGUAGE sql
AS $bag_eq$
    SELECT without_order_eq(p_have, as_query(p_want), 'EXCEPT ALL', p_description);
$bag_eq$;
