-- The part of pgTAP that tests/sql uses, for servers where the extension is not installed.
-- Only the forms that take a description: what runs here runs under pgTAP, with the same output.

CREATE OR REPLACE FUNCTION plan(p_tests INT) RETURNS TEXT
LANGUAGE plpgsql
AS $plan$
BEGIN
    -- Sequences, since a test's ROLLBACK TO SAVEPOINT must not make the count forget a test.
    CREATE TEMP SEQUENCE tap_ran MINVALUE 0;
    CREATE TEMP SEQUENCE tap_failed MINVALUE 0;
    GRANT ALL ON SEQUENCE tap_ran, tap_failed TO PUBLIC;
    PERFORM nextval('tap_ran'), nextval('tap_failed');
    PERFORM set_config('tap.planned', p_tests::TEXT, TRUE);
    RETURN '1..' || p_tests;
END;
$plan$;

CREATE OR REPLACE FUNCTION diag(p_message TEXT) RETURNS TEXT
LANGUAGE sql IMMUTABLE
RETURN '# ' || replace(p_message, chr(10), chr(10) || '# ');

CREATE OR REPLACE FUNCTION finish() RETURNS SETOF TEXT
LANGUAGE plpgsql
AS $finish$
DECLARE
    planned INT := current_setting('tap.planned');
    ran INT := (SELECT last_value FROM tap_ran);
    failed INT := (SELECT last_value FROM tap_failed);
BEGIN
    IF ran <> planned THEN
        RETURN NEXT diag(format('Looks like you planned %s test%s but ran %s',
            planned, CASE planned WHEN 1 THEN '' ELSE 's' END, ran));
    ELSIF failed > 0 THEN
        RETURN NEXT diag(format('Looks like you failed %s test%s of %s',
            failed, CASE failed WHEN 1 THEN '' ELSE 's' END, planned));
    END IF;
END;
$finish$;

CREATE OR REPLACE FUNCTION ok(p_is_true BOOLEAN, p_description TEXT) RETURNS TEXT
LANGUAGE plpgsql
AS $ok$
DECLARE
    test_number BIGINT := nextval('tap_ran');
    test_line TEXT := format('ok %s - %s', test_number, substr(diag(p_description), 3));
BEGIN
    IF p_is_true THEN
        RETURN test_line;
    END IF;
    PERFORM nextval('tap_failed');
    RETURN concat_ws(chr(10),
        'not ' || test_line,
        diag(format('Failed test %s: "%s"', test_number, p_description)),
        CASE WHEN p_is_true IS NULL THEN diag('    (test result was NULL)') END);
END;
$ok$;

-- An assertion's line, and below it, where it failed, what was found.
CREATE OR REPLACE FUNCTION ok_or_diag(p_is_true BOOLEAN, p_description TEXT, p_found TEXT)
RETURNS TEXT
LANGUAGE sql
AS $ok_or_diag$
    SELECT ok(p_is_true, p_description)
        || CASE WHEN p_is_true THEN '' ELSE chr(10) || diag(p_found) END;
$ok_or_diag$;

CREATE OR REPLACE FUNCTION pass(p_description TEXT) RETURNS TEXT
LANGUAGE sql
AS $pass$ SELECT ok(TRUE, p_description); $pass$;

CREATE OR REPLACE FUNCTION fail(p_description TEXT) RETURNS TEXT
LANGUAGE sql
AS $fail$ SELECT ok(FALSE, p_description); $fail$;

CREATE OR REPLACE FUNCTION is(p_have ANYELEMENT, p_want ANYELEMENT, p_description TEXT)
RETURNS TEXT
LANGUAGE sql
AS $is$
    SELECT ok_or_diag(p_have IS NOT DISTINCT FROM p_want, p_description, format(
        E'        have: %s\n        want: %s',
        coalesce(p_have::TEXT, 'NULL'), coalesce(p_want::TEXT, 'NULL')));
$is$;

CREATE OR REPLACE FUNCTION isnt(p_have ANYELEMENT, p_want ANYELEMENT, p_description TEXT)
RETURNS TEXT
LANGUAGE sql
AS $isnt$
    SELECT ok_or_diag(p_have IS DISTINCT FROM p_want, p_description, format(
        E'        have: %s\n        want: anything else', coalesce(p_have::TEXT, 'NULL')));
$isnt$;

CREATE OR REPLACE FUNCTION cmp_ok(
    p_have ANYELEMENT, p_operator TEXT, p_want ANYELEMENT, p_description TEXT
) RETURNS TEXT
LANGUAGE plpgsql
AS $cmp_ok$
DECLARE
    holds BOOLEAN;
BEGIN
    EXECUTE format('SELECT $1 %s $2', p_operator) INTO holds USING p_have, p_want;
    RETURN ok_or_diag(coalesce(holds, FALSE), p_description, format(
        E'    %s\n        %s\n    %s',
        quote_nullable(p_have::TEXT), p_operator, quote_nullable(p_want::TEXT)));
END;
$cmp_ok$;

CREATE OR REPLACE FUNCTION throws_ok(
    p_statement TEXT, p_sqlstate CHAR(5), p_message TEXT, p_description TEXT
) RETURNS TEXT
LANGUAGE plpgsql
AS $throws_ok$
DECLARE
    caught TEXT := 'no exception';
    is_wanted BOOLEAN := FALSE;
BEGIN
    BEGIN
        EXECUTE p_statement;
    EXCEPTION WHEN OTHERS OR ASSERT_FAILURE THEN
        caught := sqlstate || ': ' || sqlerrm;
        is_wanted := coalesce(sqlstate = p_sqlstate, TRUE) AND coalesce(sqlerrm = p_message, TRUE);
    END;
    RETURN ok_or_diag(is_wanted, p_description, format(E'      caught: %s\n      wanted: %s%s',
        caught, coalesce(p_sqlstate, 'an exception'),
        CASE WHEN caught <> 'no exception' THEN ': ' || p_message END));
END;
$throws_ok$;

CREATE OR REPLACE FUNCTION lives_ok(p_statement TEXT, p_description TEXT) RETURNS TEXT
LANGUAGE plpgsql
AS $lives_ok$
DECLARE
    detail TEXT;
    hint TEXT;
    context TEXT;
BEGIN
    EXECUTE p_statement;
    RETURN ok(TRUE, p_description);
EXCEPTION WHEN OTHERS OR ASSERT_FAILURE THEN
    GET STACKED DIAGNOSTICS
        detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT, context = PG_EXCEPTION_CONTEXT;
    RETURN ok_or_diag(FALSE, p_description, concat_ws(chr(10),
        format('    died: %s: %s', sqlstate, sqlerrm),
        '        DETAIL:     ' || nullif(detail, ''),
        '        HINT:       ' || nullif(hint, ''),
        '        CONTEXT:' || regexp_replace(E'\n' || context, E'\n', E'\n            ', 'g')));
END;
$lives_ok$;
