-- The one change of an order that no function makes: its owner corrects created_at. Whoever follows
-- the audit trail learns it there, as the daily figures must of both days.

CREATE OR REPLACE FUNCTION _tell_redating() RETURNS TRIGGER
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT
AS $_tell_redating$
BEGIN
    INSERT INTO order_audit (order_id, action, details)
    VALUES (
        new.order_id, 'redated', jsonb_build_object('from', old.created_at, 'to', new.created_at)
    );
    RETURN NULL;
END;
$_tell_redating$;
REVOKE EXECUTE ON FUNCTION _tell_redating() FROM PUBLIC;
COMMENT ON FUNCTION _tell_redating() IS
'Trigger: a row of order_audit with the old and the new created_at.';
