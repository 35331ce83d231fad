-- Every price a product had, and from when: the latest row is products.price, and none is made up
-- afterwards. Prices that a store brings along when it moves in are dated before its first here.

CREATE OR REPLACE FUNCTION _record_price_change() RETURNS TRIGGER
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT
AS $_record_price_change$
BEGIN
    -- A second change in one transaction replaces the first: nobody ever saw that. After a
    -- restore an old transaction_id may be met again; its valid_from is then before our start.
    UPDATE price_history SET price = new.price
    WHERE
        product_id = new.product_id
        AND transaction_id = pg_current_xact_id()
        AND valid_from >= transaction_timestamp();
    IF NOT found THEN
        -- clock_timestamp() under the product's row lock, and past the last one even where the
        -- clock was set back.
        INSERT INTO price_history (product_id, valid_from, price)
        SELECT
            new.product_id,
            greatest(clock_timestamp(), max(valid_from) + INTERVAL '1 microsecond'),
            new.price
        FROM price_history
        WHERE product_id = new.product_id;
    END IF;
    RETURN NULL;
END;
$_record_price_change$;
REVOKE EXECUTE ON FUNCTION _record_price_change() FROM PUBLIC;
COMMENT ON FUNCTION _record_price_change() IS
'Trigger: appends a product''s new price, or replaces the one this transaction gave it before.';

CREATE OR REPLACE FUNCTION _import_earlier_price() RETURNS TRIGGER
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT
AS $_import_earlier_price$
DECLARE
    v_first TIMESTAMPTZ := (
        SELECT min(valid_from) FROM price_history
        WHERE product_id = new.product_id AND transaction_id <> '0'
    );
BEGIN
    IF new.valid_from >= v_first THEN
        RAISE EXCEPTION 'product % has had prices of this store since %', new.product_id, v_first
        USING ERRCODE = 'object_not_in_prerequisite_state',
            DETAIL = jsonb_build_object(
                'product_id', new.product_id, 'valid_from', new.valid_from, 'first', v_first
            ),
            HINT = 'Import earlier prices only; for another price now, change the product''s.';
    END IF;
    -- No transaction of this store: several may be imported, in any order.
    new.transaction_id := '0';
    RETURN new;
END;
$_import_earlier_price$;
REVOKE EXECUTE ON FUNCTION _import_earlier_price() FROM PUBLIC;
COMMENT ON FUNCTION _import_earlier_price() IS
'Trigger: raises 55000 for a price that is not dated before the first the store gave the product.';
