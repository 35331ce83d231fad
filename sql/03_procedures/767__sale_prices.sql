-- A sale at which somebody may have bought is not made up, changed or forgotten afterwards: orders
-- and reductions were priced by it. One that is still to come may be changed at will.

CREATE OR REPLACE FUNCTION _guard_sale_price() RETURNS TRIGGER
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT
AS $_guard_sale_price$
DECLARE
    -- A transaction may be older than the sale's beginning, and its orders are not.
    v_is_over BOOLEAN := tg_op <> 'INSERT' AND old.valid_until <= clock_timestamp();
    v_has_begun BOOLEAN := tg_op <> 'INSERT' AND old.valid_from <= clock_timestamp();
    v_is_import BOOLEAN := FALSE;
    v_regular NUMERIC;
    v_others JSONB;
BEGIN
    IF tg_op = 'UPDATE' AND new IS NOT DISTINCT FROM old THEN
        RETURN new;
    ELSIF v_is_over OR v_has_begun AND (
        tg_op = 'DELETE'
        OR (new.product_id, new.price, new.valid_from)
        IS DISTINCT FROM (old.product_id, old.price, old.valid_from)
        OR new.valid_until > old.valid_until
        OR new.valid_until < now()
    ) THEN
        RAISE EXCEPTION '% on sale_prices is refused: sale % %', lower(tg_op), old.sale_price_id,
            CASE WHEN v_is_over THEN 'is over' ELSE 'has begun' END
        USING ERRCODE = 'object_not_in_prerequisite_state',
            DETAIL = jsonb_build_object(
                'sale_price_id', old.sale_price_id, 'product_id', old.product_id,
                'valid_from', old.valid_from, 'valid_until', old.valid_until
            ),
            HINT = CASE
                WHEN v_is_over THEN 'It is final; make another sale.'
                ELSE 'End it with valid_until = now(), or sooner than planned; then make another.'
            END;
    END IF;
    IF tg_op = 'DELETE' THEN
        RETURN old;
    ELSIF v_has_begun THEN
        RETURN new;
    END IF;

    IF new.valid_from < now() THEN
        v_is_import := tg_op = 'INSERT' AND pg_has_role(
            acting_role(), (SELECT relowner FROM pg_class WHERE oid = tg_relid), 'MEMBER'
        );
        IF NOT v_is_import THEN
            RAISE EXCEPTION 'a sale cannot have begun at %', new.valid_from
            USING ERRCODE = 'object_not_in_prerequisite_state',
                DETAIL = jsonb_build_object(
                    'product_id', new.product_id, 'valid_from', new.valid_from, 'now', now()
                ),
                HINT = 'Let it begin at now() or later; past sales are the owner''s to import.';
        END IF;
    END IF;
    -- Locked, so that its price is not lowered below the sale's unseen, and that two sales at once
    -- do not wait for each other in the index; orders wait for neither. Unknown: the key refuses.
    SELECT price INTO v_regular FROM products
    WHERE product_id = new.product_id FOR NO KEY UPDATE;
    IF v_is_import THEN
        v_regular := coalesce(
            (
                SELECT price FROM price_history
                WHERE product_id = new.product_id AND valid_from <= new.valid_from
                ORDER BY valid_from DESC
                LIMIT 1
            ),
            v_regular
        );
    END IF;
    IF new.price >= v_regular THEN
        RAISE EXCEPTION 'sale price % is not below the regular price %', new.price, v_regular
        USING ERRCODE = 'check_violation', TABLE = 'sale_prices', COLUMN = 'price',
            CONSTRAINT = 'sale_prices_price_is_below_the_regular_one',
            DETAIL = jsonb_build_object(
                'product_id', new.product_id, 'price', new.price, 'regular_price', v_regular
            ),
            HINT = 'Give a lower one, or change products.price if it is to stay.';
    END IF;

    -- The table refuses it too, and does not say which sales are in the way.
    SELECT
        jsonb_agg(
            jsonb_build_object(
                'sale_price_id', sale_price_id, 'valid_from', valid_from,
                'valid_until', valid_until
            ) ORDER BY valid_from
        )
    INTO v_others
    FROM sale_prices
    WHERE
        product_id = new.product_id
        AND sale_price_id <> new.sale_price_id
        AND valid_from < new.valid_until
        AND valid_until > new.valid_from;
    IF v_others IS NOT NULL THEN
        RAISE EXCEPTION 'product % has another sale at that time', new.product_id
        USING ERRCODE = 'exclusion_violation', TABLE = 'sale_prices',
            CONSTRAINT = 'sale_prices_of_a_product_never_overlap_excl',
            DETAIL = jsonb_build_object('product_id', new.product_id, 'sales', v_others),
            HINT = 'Begin after it, end before it, or end the other sooner.';
    END IF;
    RETURN new;
END;
$_guard_sale_price$;
REVOKE EXECUTE ON FUNCTION _guard_sale_price() FROM PUBLIC;
COMMENT ON FUNCTION _guard_sale_price() IS
'Trigger, before a row is written: raises 55000 for a sale dated before now, but by the owner, for a
change of one that has begun other than ending it sooner, not before now, for any of one that is
over, and for deleting either; 23514 for a price not below the regular one (of an imported sale: the
one when it began); 23P01 where another of the product''s sales overlaps.';
