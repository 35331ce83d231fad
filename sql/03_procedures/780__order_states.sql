-- The state machine at work: a status changes as order_transitions says or not at all, whoever
-- changes it. A CHECK sees only the new row, hence a trigger.

CREATE OR REPLACE FUNCTION _refuse_illegal_transition() RETURNS TRIGGER
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT
AS $_refuse_illegal_transition$
DECLARE
    v_allowed TEXT[];
BEGIN
    IF NOT EXISTS (
        SELECT FROM order_transitions
        WHERE from_status = old.status AND to_status = new.status
    ) THEN
        SELECT array_agg(to_status ORDER BY to_status) INTO v_allowed
        FROM order_transitions WHERE from_status = old.status;
        RAISE EXCEPTION 'order % is % and cannot become %', old.order_id, old.status, new.status
        USING ERRCODE = 'ST005',
            DETAIL = jsonb_build_object(
                'order_id', old.order_id, 'from', old.status, 'to', new.status
            ),
            HINT = CASE
                WHEN v_allowed IS NULL THEN format('%s is final.', old.status)
                ELSE format('From here it can become: %s.', array_to_string(v_allowed, ', '))
            END;
    END IF;
    RETURN new;
END;
$_refuse_illegal_transition$;
REVOKE EXECUTE ON FUNCTION _refuse_illegal_transition() FROM PUBLIC;
COMMENT ON FUNCTION _refuse_illegal_transition() IS
'Trigger: raises ST005 for a change of status that order_transitions does not list.';
