-- What makes a table append-only, or its rows undeletable: a trigger that refuses, whoever asks,
-- the owner included. A missing privilege would not stop the owner; a rule would hide the refusal.

CREATE FUNCTION refuse_change() RETURNS TRIGGER
LANGUAGE plpgsql SET search_path FROM CURRENT
AS $refuse_change$
BEGIN
    RAISE EXCEPTION '% on % is refused: %', lower(tg_op), tg_table_name, tg_argv[0]
    USING ERRCODE = 'object_not_in_prerequisite_state',
        DETAIL = jsonb_build_object('table', tg_table_name, 'operation', tg_op),
        HINT = tg_argv[1];
END;
$refuse_change$;
REVOKE EXECUTE ON FUNCTION refuse_change() FROM PUBLIC;
COMMENT ON FUNCTION refuse_change() IS
'Trigger: raises 55000 with the rule and the way out given as its two arguments.';
