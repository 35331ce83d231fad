-- Numbers that say how much to do, instants at which something is said to have happened, and what
-- is told of an argument that makes no sense.

CREATE OR REPLACE FUNCTION _refuse_argument(p_argument TEXT, p_given TEXT, p_hint TEXT)
RETURNS VOID
LANGUAGE plpgsql SET search_path FROM CURRENT
AS $_refuse_argument$
BEGIN
    RAISE EXCEPTION '% cannot be %', p_argument, coalesce(p_given, 'NULL')
    USING ERRCODE = 'ST003',
        DETAIL = jsonb_build_object('argument', p_argument, 'given', p_given),
        HINT = p_hint;
END;
$_refuse_argument$;
REVOKE EXECUTE ON FUNCTION _refuse_argument(TEXT, TEXT, TEXT) FROM PUBLIC;
COMMENT ON FUNCTION _refuse_argument(TEXT, TEXT, TEXT) IS
'Always raises ST003, naming the argument and what was given for it, which is no text. Internal.';

CREATE OR REPLACE FUNCTION _require_limit(p_limit INT) RETURNS VOID
LANGUAGE plpgsql SET search_path FROM CURRENT
AS $_require_limit$
BEGIN
    IF p_limit > 0 THEN
        RETURN;
    END IF;
    PERFORM _refuse_argument('p_limit', p_limit::TEXT, 'Give p_limit, 1 or more.');
END;
$_require_limit$;
REVOKE EXECUTE ON FUNCTION _require_limit(INT) FROM PUBLIC;
COMMENT ON FUNCTION _require_limit(INT) IS
'Returns when p_limit is 1 or more. Raises ST003 otherwise. Internal.';

CREATE OR REPLACE FUNCTION _past_instant(
    p_given TIMESTAMPTZ, p_argument TEXT,
    p_not_before TIMESTAMPTZ DEFAULT '1000-01-01 00:00:00+00'  -- the first there is
) RETURNS TIMESTAMPTZ
LANGUAGE plpgsql SET search_path FROM CURRENT
AS $_past_instant$
BEGIN
    IF p_given IS NULL THEN
        RETURN greatest(now(), p_not_before);
    END IF;
    IF p_given NOT BETWEEN p_not_before AND clock_timestamp() THEN
        PERFORM _refuse_argument(
            p_argument, p_given::TEXT,
            format('Give an instant from %s to now, or NULL for now.', p_not_before)
        );
    END IF;
    RETURN p_given;
END;
$_past_instant$;
REVOKE EXECUTE ON FUNCTION _past_instant(TIMESTAMPTZ, TEXT, TIMESTAMPTZ) FROM PUBLIC;
COMMENT ON FUNCTION _past_instant(TIMESTAMPTZ, TEXT, TIMESTAMPTZ) IS
'p_given, or where it is NULL the later of now() and p_not_before: a session that waited for a lock
has an older now(). Raises ST003 (in the future, before p_not_before). Internal.';
