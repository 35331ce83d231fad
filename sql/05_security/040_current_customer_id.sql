-- Whom the session acts for. A store that never had a signing key trusts its application's login
-- and reads app.customer_id. From the first key on, only a signed token counts, so that not even
-- SQL injected into the application's own session can become another customer.

CREATE OR REPLACE FUNCTION current_customer_id() RETURNS INT
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path FROM CURRENT
AS $current_customer_id$
DECLARE
    v_session RECORD := _session_customer();
BEGIN
    IF v_session.is_refused THEN
        -- It does not say why: one answer for all tells a forger nothing.
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

-- Who may act for any customer is asked as the privilege system asks, by what the caller's role may
-- do at once: a login that would first have to SET ROLE shop_staff has not done so, and a role that
-- is SET is all the caller is.
CREATE OR REPLACE FUNCTION _acts_for_any_customer() RETURNS BOOLEAN
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path FROM CURRENT
AS $_acts_for_any_customer$
BEGIN
    -- In here current_user is this function's owner, and so the store's.
    RETURN pg_has_role(acting_role()::NAME, current_user, 'USAGE')
        OR pg_has_role(acting_role()::NAME, 'shop_staff', 'USAGE');
END;
$_acts_for_any_customer$;
REVOKE EXECUTE ON FUNCTION _acts_for_any_customer() FROM PUBLIC;
COMMENT ON FUNCTION _acts_for_any_customer() IS
'Whether the caller is the owner, a member of shop_staff or a superuser. Internal.';

-- The question every function asks that does something for a customer. The refusal is the same
-- whether that customer exists or not, and names nobody: an order's number must not tell whose
-- it is.
CREATE OR REPLACE FUNCTION _require_customer_access(p_customer_id INT) RETURNS VOID
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path FROM CURRENT
AS $_require_customer_access$
BEGIN
    IF _acts_for_any_customer() THEN
        RETURN;
    ELSIF p_customer_id = current_customer_id()
        AND pg_has_role(acting_role()::NAME, 'shop_customer', 'USAGE') THEN
        RETURN;
    END IF;
    RAISE EXCEPTION 'not allowed to act for this customer'
    USING ERRCODE = 'insufficient_privilege',
        DETAIL = jsonb_build_object('role', acting_role()),
        HINT = 'Sign the customer in, in this transaction, or ask a member of staff.';
END;
$_require_customer_access$;
REVOKE EXECUTE ON FUNCTION _require_customer_access(INT) FROM PUBLIC;
COMMENT ON FUNCTION _require_customer_access(INT) IS
'Returns where the caller may act for the customer, never for NULL. Raises 42501, 28000. Internal.';

CREATE OR REPLACE FUNCTION _require_active_customer(p_customer_id INT) RETURNS INT
LANGUAGE plpgsql STABLE SET search_path FROM CURRENT
AS $_require_active_customer$
DECLARE
    v_address_id INT;
    v_at_most INT;
    v_pending INT;
BEGIN
    SELECT default_address_id, (SELECT max_pending_orders FROM store_settings)
    INTO v_address_id, v_at_most
    FROM customers WHERE customer_id = p_customer_id AND erased_at IS NULL;
    IF NOT found THEN
        RAISE EXCEPTION 'customer % is unknown or inactive', p_customer_id
        USING ERRCODE = 'ST002',
            DETAIL = jsonb_build_object('customer_id', p_customer_id),
            HINT = 'Register the customer first; an erased one can order no more.';
    ELSIF v_at_most IS NOT NULL THEN
        v_pending := (
            SELECT count(*) FROM unsettled_orders
            INNER JOIN orders ON unsettled_orders.order_id = orders.order_id
            WHERE
                unsettled_orders.customer_id = p_customer_id
                AND orders.status = 'pending'
                AND orders.released_at IS NULL
        );
    END IF;
    IF v_pending >= v_at_most THEN
        RAISE EXCEPTION 'customer % has % pending orders already', p_customer_id, v_pending
        USING ERRCODE = 'ST009',
            DETAIL = jsonb_build_object(
                'customer_id', p_customer_id, 'pending', v_pending, 'at_most', v_at_most
            ),
            HINT = 'Pay or cancel one of them first.';
    END IF;
    RETURN v_address_id;
END;
$_require_active_customer$;
REVOKE EXECUTE ON FUNCTION _require_active_customer(INT) FROM PUBLIC;
COMMENT ON FUNCTION _require_active_customer(INT) IS
'The customer''s default address, NULL = none. Raises ST002 (unknown or erased), ST009 (too many
pending orders). Internal.';
