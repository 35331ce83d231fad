-- Prices an order. Quoting and placing both ask this, so they cannot differ; being STABLE it sees
-- one snapshot, the calling statement's, and a price committed meanwhile does not touch it.

-- An amount without its currency is no amount: who places or prices holds it as it is.
CREATE OR REPLACE FUNCTION _hold_currency() RETURNS VOID
LANGUAGE plpgsql SET search_path FROM CURRENT
AS $_hold_currency$
BEGIN
    PERFORM
        pg_advisory_xact_lock_shared(
            hashtextextended('currency', 'store_settings'::REGCLASS::BIGINT)
        );
    -- A snapshot older than the lock may show another currency: this then fails with 40001.
    IF current_setting('transaction_isolation') IN ('repeatable read', 'serializable') THEN
        PERFORM FROM store_settings FOR SHARE;
    END IF;
END;
$_hold_currency$;
REVOKE EXECUTE ON FUNCTION _hold_currency() FROM PUBLIC;
COMMENT ON FUNCTION _hold_currency() IS
'Keeps the store''s currency as it is until the transaction ends. Raises 40001 at REPEATABLE READ
where the settings changed since the snapshot.';

CREATE OR REPLACE FUNCTION _tax_of(
    p_amount NUMERIC, p_rate NUMERIC, p_included BOOLEAN, p_decimals INT
) RETURNS NUMERIC
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE
    WHEN p_included THEN p_amount - round(p_amount / (1 + p_rate), p_decimals)
    ELSE round(p_amount * p_rate, p_decimals)
END;
REVOKE EXECUTE ON FUNCTION _tax_of(NUMERIC, NUMERIC, BOOLEAN, INT) FROM PUBLIC;
COMMENT ON FUNCTION _tax_of(NUMERIC, NUMERIC, BOOLEAN, INT) IS
'Tax to p_decimals, half away from zero: included in p_amount (a gross amount) when p_included,
else on top of p_amount (a net one). p_rate is a share, 0.2 for 20 %. Internal. Raises nothing.';

CREATE OR REPLACE FUNCTION _price_order(
    p_units ORDER_UNIT[], p_coupon_code TEXT, p_customer_id INT, p_place TAXED_PLACE
) RETURNS PRICED_ORDER
LANGUAGE plpgsql STABLE SET search_path FROM CURRENT
AS $_price_order$
DECLARE
    v_settings store_settings;
    v_order PRICED_ORDER;
    v_decimals INT;
    v_lines PRICED_LINE[];
    v_line PRICED_LINE;
    v_gross NUMERIC := 0;
    v_spread NUMERIC := 0;
    v_unknown JSONB;
BEGIN
    SELECT * INTO v_settings FROM store_settings;
    v_decimals := v_settings.currency_decimals;
    v_order.product_ids := ARRAY(SELECT product_id FROM unnest(p_units));
    v_order.prices_include_tax := v_settings.prices_include_tax;
    v_order.decimals := v_decimals;
    v_order.shipping_tax_class := v_settings.shipping_tax_class;

    -- ANY has products found by key; by the join alone, a catalogue of a thousand or two would be
    -- read whole for every order.
    SELECT
        array_agg(
            ROW(
                unit.line_no, products.product_id, products.sku, products.name,
                least(products.price, sale_prices.price),
                CASE WHEN sale_prices.price IS NOT NULL THEN products.price END, products.cost,
                products.tax_class, applied.rate, unit.quantity, inventory.available, 0,
                least(products.price, sale_prices.price) * unit.quantity, 0
            )::PRICED_LINE ORDER BY unit.line_no
        ),
        sum(least(products.price, sale_prices.price) * unit.quantity)
    INTO v_lines, v_order.subtotal
    FROM unnest(p_units) AS unit
    INNER JOIN products ON unit.product_id = products.product_id
    INNER JOIN inventory ON products.product_id = inventory.product_id
    LEFT JOIN sale_prices
        ON
            products.product_id = sale_prices.product_id
            AND sale_prices.product_id = ANY (v_order.product_ids)
            AND sale_prices.valid_from <= now() AND sale_prices.valid_until > now()
            AND sale_prices.price < products.price  -- else it is no sale
    CROSS JOIN LATERAL _tax_rate_at(
        products.tax_class, p_place.country_code, p_place.region_code, p_place.day
    ) AS applied
    WHERE
        products.product_id = ANY (v_order.product_ids)
        AND inventory.product_id = ANY (v_order.product_ids)
        AND products.is_active;
    IF cardinality(v_lines) IS DISTINCT FROM cardinality(p_units) THEN
        SELECT jsonb_agg(unit.product_id ORDER BY unit.line_no) INTO v_unknown
        FROM unnest(p_units) AS unit
        WHERE unit.product_id <> ALL (ARRAY(SELECT product_id FROM unnest(v_lines)));
        RAISE EXCEPTION 'some products are unknown or inactive'
        USING ERRCODE = 'ST002',
            DETAIL = jsonb_build_object(
                'product_ids', jsonb_path_query_array(v_unknown, '$[0 to 99]')
            ),
            HINT = 'Remove them from the order.';
    END IF;

    v_order.discount := round(0, v_decimals);
    IF p_coupon_code IS NOT NULL THEN
        SELECT * INTO v_order.discount, v_order.counts_coupon FROM _coupon_discount(
            p_coupon_code, p_customer_id, v_order.subtotal, v_decimals, p_place.day
        );
    END IF;
    v_order.shipping_fee := CASE
        WHEN v_order.subtotal - v_order.discount >= v_settings.free_shipping_from
            THEN round(0, v_decimals)
        ELSE v_settings.shipping_fee
    END;
    SELECT rate INTO v_order.shipping_tax_rate
    FROM _tax_rate_at(
        v_settings.shipping_tax_class, p_place.country_code, p_place.region_code, p_place.day
    );
    v_order.shipping_tax := _tax_of(
        v_order.shipping_fee, v_order.shipping_tax_rate, v_settings.prices_include_tax, v_decimals
    );

    -- A line's share of the discount is the rounded discount up to it less that before it: exact in
    -- sum, within a cent of its exact share, never negative, never above the line.
    v_order.tax := v_order.shipping_tax;
    v_order.is_short := FALSE;
    FOR v_place IN 1..cardinality(v_lines) LOOP
        v_line := v_lines[v_place];
        v_gross := v_gross + v_line.line_total;
        v_line.discount := CASE
            WHEN v_order.discount = 0 THEN v_order.discount
            ELSE
                _round_quotient(v_order.discount * v_gross, v_order.subtotal, v_decimals) - v_spread
        END;
        v_spread := v_spread + v_line.discount;
        v_line.line_total := v_line.line_total - v_line.discount;
        v_line.tax := _tax_of(
            v_line.line_total, v_line.tax_rate, v_settings.prices_include_tax, v_decimals
        );
        v_order.tax := v_order.tax + v_line.tax;
        v_order.is_short := v_order.is_short OR v_line.available < v_line.quantity;
        v_lines[v_place] := v_line;
    END LOOP;
    v_order.lines := v_lines;
    v_order.total := v_order.subtotal - v_order.discount + v_order.shipping_fee
        + CASE WHEN v_settings.prices_include_tax THEN 0 ELSE v_order.tax END;
    IF greatest(v_order.total, v_order.subtotal) > 9999999999.99 THEN
        RAISE EXCEPTION 'a total of % does not fit', greatest(v_order.total, v_order.subtotal)
        USING ERRCODE = 'ST003',
            DETAIL = jsonb_build_object(
                'subtotal', v_order.subtotal, 'total', v_order.total, 'at_most', 9999999999.99
            ),
            HINT = 'Split the order.';
    END IF;
    v_order.expires_at := CASE WHEN v_order.total > 0 THEN now() + v_settings.order_hold END;
    RETURN v_order;
END;
$_price_order$;
REVOKE EXECUTE ON FUNCTION _price_order(ORDER_UNIT[], TEXT, INT, TAXED_PLACE) FROM PUBLIC;
COMMENT ON FUNCTION _price_order(ORDER_UNIT[], TEXT, INT, TAXED_PLACE) IS
'The order as it would be placed now, at today''s prices and the taxes of the place; available is
what is in stock. Raises ST002 (products), ST003 (a total that does not fit), ST006 (coupon).
Internal.';
