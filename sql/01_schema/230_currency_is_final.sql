-- An amount without its currency is no amount, and orders do not repeat it: so the store's stays
-- once there is an order. The lock waits for orders being placed at this moment.

CREATE FUNCTION refuse_currency_change() RETURNS TRIGGER
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT
AS $refuse_currency_change$
BEGIN
    -- A snapshot taken before the lock was gained may miss an order that it waited for.
    IF current_setting('transaction_isolation') IN ('repeatable read', 'serializable') THEN
        RAISE EXCEPTION 'the currency changes at READ COMMITTED only'
        USING ERRCODE = 'invalid_transaction_state',
            DETAIL = jsonb_build_object(
                'transaction_isolation', current_setting('transaction_isolation')
            ),
            HINT = 'Begin the transaction with ISOLATION LEVEL READ COMMITTED.';
    END IF;
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
'Trigger: raises 55000 when the store''s currency would change under existing orders, 25000 at
REPEATABLE READ or SERIALIZABLE, where an order placed meanwhile would not be seen.';

CREATE TRIGGER store_settings_currency_is_final
BEFORE UPDATE OF currency ON store_settings
FOR EACH ROW WHEN (old.currency IS DISTINCT FROM new.currency)
EXECUTE FUNCTION refuse_currency_change();
