-- The store's currency stays once there is an order: whoever would change it while somebody places
-- or prices (_hold_currency) is told so at once instead of waiting.

CREATE OR REPLACE FUNCTION _hold_currency_of_amounts() RETURNS TRIGGER
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT
AS $_hold_currency_of_amounts$
BEGIN
    PERFORM _hold_currency();
    RETURN NULL;
END;
$_hold_currency_of_amounts$;
REVOKE EXECUTE ON FUNCTION _hold_currency_of_amounts() FROM PUBLIC;
COMMENT ON FUNCTION _hold_currency_of_amounts() IS
'Trigger, before any row is locked: _hold_currency().';

CREATE OR REPLACE FUNCTION _refuse_old_snapshot(p_what TEXT) RETURNS VOID
LANGUAGE plpgsql STABLE SET search_path FROM CURRENT
AS $_refuse_old_snapshot$
BEGIN
    IF current_setting('transaction_isolation') IN ('repeatable read', 'serializable') THEN
        RAISE EXCEPTION '% changes at READ COMMITTED only', p_what
        USING ERRCODE = 'invalid_transaction_state',
            DETAIL = jsonb_build_object(
                'transaction_isolation', current_setting('transaction_isolation')
            ),
            HINT = 'Begin the transaction with ISOLATION LEVEL READ COMMITTED.';
    END IF;
END;
$_refuse_old_snapshot$;
REVOKE EXECUTE ON FUNCTION _refuse_old_snapshot(TEXT) FROM PUBLIC;
COMMENT ON FUNCTION _refuse_old_snapshot(TEXT) IS
'Raises 25000 at REPEATABLE READ or SERIALIZABLE, where what others add meanwhile would be missed.
Internal.';

CREATE OR REPLACE FUNCTION _refuse_currency_change() RETURNS TRIGGER
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT
AS $_refuse_currency_change$
DECLARE
    v_decimals INT := decimals_of(new.currency);
    v_too_exact JSONB;
BEGIN
    -- A snapshot taken before the lock was gained may miss an order placed just before.
    PERFORM _refuse_old_snapshot('the currency');
    BEGIN
        LOCK TABLE store_settings IN EXCLUSIVE MODE NOWAIT;
    EXCEPTION
        WHEN lock_not_available THEN
            IF NOT EXISTS (SELECT FROM orders) THEN
                RAISE EXCEPTION 'the currency stays % while something is priced in it', old.currency
                USING ERRCODE = 'lock_not_available',
                    DETAIL = jsonb_build_object('currency', old.currency, 'refused', new.currency),
                    HINT = 'Somebody places or prices something at this moment; retry after it.';
            END IF;
    END;
    IF EXISTS (SELECT FROM orders) THEN
        RAISE EXCEPTION 'the currency stays %: there are orders in it', old.currency
        USING ERRCODE = 'object_not_in_prerequisite_state',
            DETAIL = jsonb_build_object('currency', old.currency, 'refused', new.currency),
            HINT = 'Deploy a second store, in a schema of its own, for another currency.';
    END IF;
    WITH amounts (kind, amount) AS (
        SELECT 'products.price', price FROM products
        UNION ALL
        SELECT 'products.cost', cost FROM products
        UNION ALL
        SELECT 'price_history.price', price FROM price_history
        UNION ALL
        SELECT 'sale_prices.price', price FROM sale_prices
        UNION ALL
        SELECT 'stock_adjustments.unit_cost', unit_cost FROM stock_adjustments
        UNION ALL
        SELECT 'coupons.value', value FROM coupons WHERE kind = 'fixed'
        UNION ALL
        SELECT 'coupons.minimum_subtotal', minimum_subtotal FROM coupons
        UNION ALL
        SELECT 'store_settings.shipping_fee', new.shipping_fee
        UNION ALL
        SELECT 'store_settings.free_shipping_from', new.free_shipping_from
    ),

    counted AS (
        SELECT
            kind,
            count(*) AS number
        FROM amounts
        WHERE amount <> round(amount, v_decimals)
        GROUP BY kind
    )

    SELECT jsonb_object_agg(kind, number) INTO v_too_exact FROM counted;
    IF v_too_exact IS NOT NULL THEN
        RAISE EXCEPTION 'the currency stays %: there are amounts % is too coarse for',
            old.currency, new.currency
        USING ERRCODE = 'object_not_in_prerequisite_state',
            DETAIL = jsonb_build_object(
                'currency', old.currency, 'refused', new.currency, 'decimals', v_decimals,
                'amounts_with_more', v_too_exact
            ),
            HINT = 'Round them first, or deploy a second store, in a schema of its own.';
    END IF;
    RETURN new;
END;
$_refuse_currency_change$;
REVOKE EXECUTE ON FUNCTION _refuse_currency_change() FROM PUBLIC;
COMMENT ON FUNCTION _refuse_currency_change() IS
'Trigger: raises 55000 where there are orders, or amounts with more decimals than the new currency
has; 55P03 while somebody places or prices, waiting for nobody; 25000 at REPEATABLE READ or
SERIALIZABLE, where an order placed meanwhile would not be seen.';
