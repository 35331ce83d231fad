-- The changes of an order that no function makes: its owner corrects created_at, or the dates of a
-- parcel. Those who follow the audit trail learn of it there: the daily figures, which have to
-- compute both days, and the funnel, which has to count the month anew.

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

CREATE OR REPLACE FUNCTION _tell_parcel_redating() RETURNS TRIGGER
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT
AS $_tell_parcel_redating$
BEGIN
    INSERT INTO order_audit (order_id, action, details)
    VALUES (
        new.order_id,
        'parcel_redated',
        jsonb_build_object(
            'shipment_id', new.shipment_id,
            'shipped_from', old.shipped_at, 'shipped_to', new.shipped_at,
            'delivered_from', old.delivered_at, 'delivered_to', new.delivered_at
        )
    );
    RETURN NULL;
END;
$_tell_parcel_redating$;
REVOKE EXECUTE ON FUNCTION _tell_parcel_redating() FROM PUBLIC;
COMMENT ON FUNCTION _tell_parcel_redating() IS
'Trigger: a row of order_audit with the old and the new shipped_at and delivered_at of a parcel.';
