-- Whom the session acts for. A store that never had a signing key trusts its application's login
-- and reads app.customer_id. From the first key on, only a signed token counts, so that not even
-- SQL injected into the application's own session can become another customer.

CREATE OR REPLACE FUNCTION current_customer_id() RETURNS INT
LANGUAGE plpgsql STABLE PARALLEL SAFE SECURITY DEFINER SET search_path FROM CURRENT
AS $current_customer_id$
DECLARE
    v_session RECORD;
BEGIN
    SELECT * INTO v_session FROM _session_customer();
    IF v_session.is_refused THEN
        -- Why is not told: a forger learns nothing from one answer for all.
        RAISE EXCEPTION 'the session token does not hold'
        USING ERRCODE = 'invalid_authorization_specification',
            DETAIL = jsonb_build_object('setting', 'app.session_token'),
            HINT = 'It may have expired: sign the customer in again.';
    END IF;
    RETURN v_session.customer_id;
END;
$current_customer_id$;
REVOKE EXECUTE ON FUNCTION current_customer_id() FROM PUBLIC;
COMMENT ON FUNCTION current_customer_id() IS
'The customer the session acts for, NULL = none: app.customer_id in a store that never had a
signing key, else the customer_id of a signed, unexpired token in app.session_token. Set either
with set_config($1, $2, true) and bound parameters. No token, or an app.customer_id that is no
number, is nobody. Raises 28000 (a token that does not hold: forged, expired, of a retired key).';
