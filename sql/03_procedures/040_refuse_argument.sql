-- The ST003 of an argument that is no text and no amount of money: a quantity, an instant, a limit.

CREATE OR REPLACE FUNCTION refuse_argument(p_argument TEXT, p_given TEXT, p_hint TEXT) RETURNS VOID
LANGUAGE plpgsql SET search_path FROM CURRENT
AS $refuse_argument$
BEGIN
    RAISE EXCEPTION '% cannot be %', p_argument, coalesce(p_given, 'NULL')
    USING ERRCODE = 'ST003',
        DETAIL = jsonb_build_object('argument', p_argument, 'given', p_given),
        HINT = p_hint;
END;
$refuse_argument$;
REVOKE EXECUTE ON FUNCTION refuse_argument(TEXT, TEXT, TEXT) FROM PUBLIC;
COMMENT ON FUNCTION refuse_argument(TEXT, TEXT, TEXT) IS
'Always raises ST003, naming the argument and what was given for it. Internal.';
