-- Whom the session acts for. A store that never had a signing key trusts its application's login
-- and reads app.customer_id. From the first key on, only a signed token counts, so that not even
-- SQL injected into the application's own session can become another customer.

CREATE OR REPLACE FUNCTION current_customer_id() RETURNS INT
LANGUAGE plpgsql STABLE PARALLEL SAFE SECURITY DEFINER SET search_path FROM CURRENT
AS $current_customer_id$
BEGIN
    -- Retired keys count too: their rows stay, so that this never turns back.
    IF EXISTS (SELECT FROM signing_keys) THEN
        RETURN customer_id_of_token(current_setting('app.session_token', TRUE));
    END IF;
    RETURN customer_id_of_text(current_setting('app.customer_id', TRUE));
END;
$current_customer_id$;
REVOKE EXECUTE ON FUNCTION current_customer_id() FROM PUBLIC;
COMMENT ON FUNCTION current_customer_id() IS
'The customer the session acts for, NULL = none: app.customer_id in a store that never had a
signing key, else the customer_id of a signed, unexpired token in app.session_token. Set either
with set_config($1, $2, true) and bound parameters. A bad value is nobody. Raises 22023, 22P02 or
the like only where a token signed with the store''s own key holds no JSON object.';
