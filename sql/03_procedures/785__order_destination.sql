-- Where an order goes and who is billed: redirect_order() may change it while nothing has left,
-- erasing may empty it at any time, and nothing else may.

CREATE OR REPLACE FUNCTION _refuse_late_redirection() RETURNS TRIGGER
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT
AS $_refuse_late_redirection$
BEGIN
    IF old.status NOT IN ('pending', 'paid')
        OR EXISTS (SELECT FROM shipments WHERE shipments.order_id = old.order_id)
    THEN
        RAISE EXCEPTION 'order % can no longer be redirected', old.order_id
        USING ERRCODE = 'object_not_in_prerequisite_state',
            DETAIL = jsonb_build_object('order_id', old.order_id, 'status', old.status),
            HINT = 'It is final, or a parcel has left; place another order.';
    END IF;
    RETURN new;
END;
$_refuse_late_redirection$;
REVOKE EXECUTE ON FUNCTION _refuse_late_redirection() FROM PUBLIC;
COMMENT ON FUNCTION _refuse_late_redirection() IS
'Trigger: raises 55000 for another destination or buyer of an order that is neither pending nor
paid, or of which something has left.';
