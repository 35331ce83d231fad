-- An amount without its currency is no amount, and orders do not repeat it: so the store's stays
-- once there is an order. The lock waits for orders being placed at this moment.

CREATE FUNCTION refuse_currency_change() RETURNS TRIGGER
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT
AS $refuse_currency_change$
BEGIN
    LOCK TABLE orders IN SHARE MODE;
    IF EXISTS (SELECT FROM orders) THEN
        RAISE EXCEPTION 'the currency stays %: there are orders in it', old.currency
        USING ERRCODE = 'object_not_in_prerequisite_state',
            DETAIL = jsonb_build_object('currency', old.currency, 'refused', new.currency),
            HINT = 'Deploy a second store, in a schema of its own, for another currency.';
    END IF;
    RETURN new;
END;
$refuse_currency_change$;
REVOKE EXECUTE ON FUNCTION refuse_currency_change() FROM PUBLIC;
COMMENT ON FUNCTION refuse_currency_change() IS
'Trigger: raises 55000 when the store''s currency would change under existing orders.';

CREATE TRIGGER store_settings_currency_is_final
BEFORE UPDATE OF currency ON store_settings
FOR EACH ROW WHEN (old.currency IS DISTINCT FROM new.currency)
EXECUTE FUNCTION refuse_currency_change();
