-- What makes a table append-only, or its rows undeletable: triggers that refuse, whoever asks, the
-- owner included. A missing privilege would not stop the owner; a rule would hide the refusal.

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

-- The one change a ledger allows: words a person may be known by are emptied.
CREATE FUNCTION refuse_all_but_emptying() RETURNS TRIGGER
LANGUAGE plpgsql SET search_path FROM CURRENT
AS $refuse_all_but_emptying$
DECLARE
    v_words TEXT[] := tg_argv[2:];
BEGIN
    IF to_jsonb(old) - v_words = to_jsonb(new) - v_words
        AND NOT EXISTS (
            SELECT FROM unnest(v_words) AS word
            WHERE
                to_jsonb(new) -> word <> 'null'
                AND to_jsonb(new) -> word <> to_jsonb(old) -> word
        )
    THEN
        RETURN NULL;
    END IF;
    RAISE EXCEPTION '% on % is refused: %', lower(tg_op), tg_table_name, tg_argv[0]
    USING ERRCODE = 'object_not_in_prerequisite_state',
        DETAIL = jsonb_build_object('table', tg_table_name, 'may_be_emptied', v_words),
        HINT = tg_argv[1];
END;
$refuse_all_but_emptying$;
REVOKE EXECUTE ON FUNCTION refuse_all_but_emptying() FROM PUBLIC;
COMMENT ON FUNCTION refuse_all_but_emptying() IS
'Trigger, AFTER UPDATE, a row: raises 55000 unless nothing changed but that columns named from its
third argument on became NULL; the first two are the rule and the way out.';
