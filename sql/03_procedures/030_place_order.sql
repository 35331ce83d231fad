-- Places an order: all of it or nothing, in one round trip. What can be refused is refused before
-- anything is written or numbered. Locks the idempotency key, the customer, the coupon (shared, but
-- for a limited one) and the stock rows by product_id, in that order; stock last, so that a product
-- everybody wants is held for little more than the commit.

CREATE OR REPLACE FUNCTION place_order(
    p_customer_id INT, p_items JSONB, p_idempotency_key TEXT DEFAULT NULL,
    p_coupon_code TEXT DEFAULT NULL, p_address_id INT DEFAULT NULL,
    p_expected_total NUMERIC DEFAULT NULL, p_billing_address_id INT DEFAULT NULL
) RETURNS INT
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT
SET plan_cache_mode = force_generic_plan  -- every look-up is by key: plan once, not every order
AS $place_order$
DECLARE
    v_units ORDER_UNIT[];
    v_key REFERENCE;
    v_coupon_code TEXT;
    v_request_hash BYTEA;
    v_is_repeated BOOLEAN;
    v_address_id INT;
    v_ship_to ADDRESS_SNAPSHOT;
    v_bill_to ADDRESS_SNAPSHOT;
    v_place TAXED_PLACE;
    v_order PRICED_ORDER;
    v_none AMOUNT;  -- 0 with the currency's decimals
    v_order_id INT;
BEGIN
    PERFORM _require_customer_access(p_customer_id);
    v_units := _parse_items(p_items, 'product_id');
    v_coupon_code := _clean_coupon(p_coupon_code);
    IF p_expected_total IS NOT NULL THEN
        PERFORM _require_amount(p_expected_total, 'p_expected_total', 0);
    END IF;

    IF p_idempotency_key IS NOT NULL THEN
        v_key := _clean_argument(p_idempotency_key, 'p_idempotency_key', 255);
        v_request_hash := _request_hash(
            v_units, jsonb_build_array(v_coupon_code, p_address_id, p_billing_address_id)
        );
        -- Locked before the look: else a retry racing for the last piece would be told that the
        -- stock is short. A key of this store: another one here has customers of the same numbers.
        PERFORM pg_advisory_xact_lock(
            hashtextextended(v_key, ('orders'::REGCLASS::OID::BIGINT << 32) + p_customer_id)
        );
        SELECT order_id, request_hash = v_request_hash INTO v_order_id, v_is_repeated FROM orders
        WHERE customer_id = p_customer_id AND idempotency_key = v_key;
        IF v_is_repeated THEN
            RETURN v_order_id;
        ELSIF found THEN
            PERFORM _refuse_key(v_key, jsonb_build_object('order_id', v_order_id));
        END IF;
    END IF;

    -- One order at a time for a customer: what they may still do is counted on firm ground.
    PERFORM 1 FROM customers WHERE customer_id = p_customer_id FOR NO KEY UPDATE;
    v_address_id := _require_active_customer(p_customer_id);
    PERFORM _hold_currency();
    IF coalesce(p_address_id, v_address_id) IS NOT NULL THEN
        v_ship_to := _address_of(p_customer_id, coalesce(p_address_id, v_address_id));
    END IF;
    IF p_billing_address_id IS NOT NULL THEN
        v_bill_to := _address_of(p_customer_id, p_billing_address_id);
    END IF;
    v_place := _taxed_place(v_ship_to);
    IF v_coupon_code IS NOT NULL THEN
        -- Once priced with, it is not deleted until the order is placed.
        PERFORM 1 FROM coupons WHERE coupon_code = v_coupon_code FOR KEY SHARE;
    END IF;

    v_order := _price_order(v_units, v_coupon_code, p_customer_id, v_place);
    IF v_order.total <> p_expected_total THEN
        RAISE EXCEPTION 'the total is % and not %', v_order.total, p_expected_total
        USING ERRCODE = 'ST007',
            DETAIL = jsonb_build_object('total', v_order.total, 'expected', p_expected_total),
            HINT = 'Show the customer a new quote.';
    END IF;
    IF v_order.is_short THEN
        PERFORM _require_stock(v_units);
    END IF;

    v_none := round(0, v_order.decimals);
    INSERT INTO orders (
        customer_id, status, prices_include_tax, decimals, subtotal, discount, shipping_fee,
        shipping_tax_class, shipping_tax_rate, shipping_tax, tax, paid_amount, refunded_amount,
        charged_back_amount, credited_amount, coupon_code, ship_to, bill_to, ship_to_country,
        ship_to_region, idempotency_key, request_hash, expires_at, paid_at
    )
    VALUES (
        p_customer_id, CASE WHEN v_order.total = 0 THEN 'paid' ELSE 'pending' END,
        v_order.prices_include_tax, v_order.decimals, v_order.subtotal, v_order.discount,
        v_order.shipping_fee, v_order.shipping_tax_class, v_order.shipping_tax_rate,
        v_order.shipping_tax, v_order.tax, v_none, v_none, v_none, v_none, v_coupon_code,
        v_ship_to, v_bill_to, v_place.country_code, v_place.region_code, v_key, v_request_hash,
        v_order.expires_at, CASE WHEN v_order.total = 0 THEN now() END
    )
    RETURNING order_id INTO v_order_id;
    INSERT INTO order_items (
        order_id, line_no, product_id, sku, product_name, unit_price, regular_price, unit_cost,
        tax_class, tax_rate, quantity, discount, tax
    )
    SELECT
        v_order_id, line.line_no, line.product_id, line.sku, line.product_name, line.unit_price,
        line.regular_price, line.unit_cost, line.tax_class, line.tax_rate, line.quantity,
        line.discount, line.tax
    FROM unnest(v_order.lines) AS line;
    INSERT INTO order_audit (order_id, action, details)
    VALUES (v_order_id, 'placed', jsonb_build_object('total', v_order.total));
    IF v_order.total = 0 THEN
        INSERT INTO order_audit (order_id, action, details)
        VALUES (v_order_id, 'paid', jsonb_build_object('total', v_order.total));
    END IF;
    IF v_order.counts_coupon THEN
        LOOP
            UPDATE coupons SET times_used = times_used + 1
            WHERE coupon_code = v_coupon_code AND (usage_limit IS NULL OR times_used < usage_limit);
            EXIT WHEN found;
            -- Others took the last use since the order was priced: refused, unless one came back.
            PERFORM _coupon_discount(
                v_coupon_code, NULL, v_order.subtotal, v_order.decimals, v_place.day
            );
        END LOOP;
    END IF;

    SELECT bool_or(stock.available < unit.quantity) INTO v_order.is_short
    FROM (
        SELECT product_id, available FROM inventory
        WHERE product_id = ANY (v_order.product_ids) ORDER BY product_id FOR NO KEY UPDATE
    ) AS stock
    INNER JOIN unnest(v_units) AS unit ON stock.product_id = unit.product_id;
    IF v_order.is_short THEN
        PERFORM _require_stock(v_units);  -- others were quicker since it was priced
    END IF;
    UPDATE inventory SET reserved = inventory.reserved + unit.quantity
    FROM unnest(v_units) AS unit
    WHERE
        inventory.product_id = unit.product_id
        AND inventory.product_id = ANY (v_order.product_ids);
    RETURN v_order_id;
END;
$place_order$;
REVOKE EXECUTE ON FUNCTION place_order(INT, JSONB, TEXT, TEXT, INT, NUMERIC, INT) FROM PUBLIC;
COMMENT ON FUNCTION place_order(INT, JSONB, TEXT, TEXT, INT, NUMERIC, INT) IS
'Places an order of p_items, [{"product_id": 1, "quantity": 2}, ...] (1 to 500 entries, at most
10,000 units a product), for the customer, to p_address_id or else the default address, billed to
p_billing_address_id or else there, and returns its order_id. A retry with the same
p_idempotency_key gets the same order again. With p_expected_total (store''s currency) it is placed
at that total only. Raises ST001 (short stock, every product listed), ST002 (unknown or inactive
customer, product, address; a place that is not served or not known), ST003 (malformed items, key,
coupon or total), ST004 (key used for another request), ST006 (coupon), ST007 (another total), ST009
(too many pending orders), 42501 (not the caller''s customer), 28000 (a token that does not hold).';
