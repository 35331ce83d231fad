-- Prices an order. Quoting and placing both ask this, so they cannot differ; being STABLE it sees
-- one snapshot, the calling statement's, and a price committed meanwhile does not touch it.

CREATE OR REPLACE FUNCTION _price_order(
    p_units ORDER_UNIT[], p_coupon_code TEXT, p_customer_id INT, p_place TAXED_PLACE
) RETURNS PRICED_ORDER
LANGUAGE plpgsql STABLE SET search_path FROM CURRENT
AS $_price_order$
DECLARE
    v_order PRICED_ORDER;
    v_free_from NUMERIC;
    v_hold INTERVAL;
    v_line PRICED_LINE;
    v_gross NUMERIC := 0;
    v_spread NUMERIC := 0;
BEGIN
    v_order.product_ids := ARRAY(SELECT product_id FROM unnest(p_units));
    SELECT
        prices_include_tax, currency_decimals, shipping_tax_class, delivery.rate,
        shipping_fee, free_shipping_from, order_hold, round(0, currency_decimals)
    INTO
        v_order.prices_include_tax, v_order.decimals, v_order.shipping_tax_class,
        v_order.shipping_tax_rate, v_order.shipping_fee, v_free_from, v_hold, v_order.discount
    FROM store_settings
    CROSS JOIN LATERAL _tax_rate_at(
        shipping_tax_class, p_place.country_code, p_place.region_code, p_place.day
    ) AS delivery;

    -- ANY has products found by key; by the join alone, a catalogue of a thousand or two would be
    -- read whole for every order. Taxes are those without a discount, which most orders lack.
    SELECT
        array_agg(
            ROW(line.*, v_order.discount, line.price * line.quantity, taxed.tax)::PRICED_LINE
            ORDER BY line.line_no
        ),
        sum(line.price * line.quantity), sum(taxed.tax), bool_or(line.available < line.quantity)
    INTO v_order.lines, v_order.subtotal, v_order.tax, v_order.is_short
    FROM (
        SELECT  -- as a PRICED_LINE begins
            unit.line_no, products.product_id, products.sku, products.name,
            least(products.price, sale_prices.price) AS price,
            CASE WHEN sale_prices.price IS NOT NULL THEN products.price END AS regular_price,
            products.cost, products.tax_class, applied.rate, unit.quantity, inventory.available
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
            AND products.is_active
        ORDER BY unit.line_no  -- also a fence: else a price is worked out wherever it is used
    ) AS line
    CROSS JOIN LATERAL (
        SELECT _tax_of(
            line.price * line.quantity, line.rate, v_order.prices_include_tax, v_order.decimals
        ) AS tax
    ) AS taxed;
    IF cardinality(v_order.lines) IS DISTINCT FROM cardinality(p_units) THEN
        RAISE EXCEPTION 'some products are unknown or inactive'
        USING ERRCODE = 'ST002',
            DETAIL = jsonb_build_object('product_ids', ARRAY(
                SELECT unit.product_id FROM unnest(p_units) AS unit
                WHERE unit.product_id <> ALL (ARRAY(SELECT product_id FROM unnest(v_order.lines)))
                ORDER BY unit.line_no LIMIT 100
            )),
            HINT = 'Remove them from the order.';
    END IF;

    IF p_coupon_code IS NOT NULL THEN
        SELECT * INTO v_order.discount, v_order.counts_coupon FROM _coupon_discount(
            p_coupon_code, p_customer_id, v_order.subtotal, v_order.decimals, p_place.day
        );
    END IF;
    -- A line's share of the discount is the rounded discount up to it less that before it: exact in
    -- sum, within a cent of its exact share, never negative, never above the line.
    IF v_order.discount > 0 THEN
        v_order.tax := 0;
        FOR v_place IN 1..cardinality(v_order.lines) LOOP
            v_line := v_order.lines[v_place];
            v_gross := v_gross + v_line.line_total;
            v_line.discount := _round_quotient(
                v_order.discount * v_gross, v_order.subtotal, v_order.decimals
            ) - v_spread;
            v_spread := v_spread + v_line.discount;
            v_line.line_total := v_line.line_total - v_line.discount;
            v_line.tax := _tax_of(
                v_line.line_total, v_line.tax_rate, v_order.prices_include_tax, v_order.decimals
            );
            v_order.tax := v_order.tax + v_line.tax;
            v_order.lines[v_place] := v_line;
        END LOOP;
    END IF;

    IF v_order.subtotal - v_order.discount >= v_free_from THEN
        v_order.shipping_fee := round(0, v_order.decimals);
    END IF;
    v_order.shipping_tax := _tax_of(
        v_order.shipping_fee, v_order.shipping_tax_rate, v_order.prices_include_tax,
        v_order.decimals
    );
    v_order.tax := v_order.tax + v_order.shipping_tax;
    v_order.total := v_order.subtotal - v_order.discount + v_order.shipping_fee
        + CASE WHEN v_order.prices_include_tax THEN 0 ELSE v_order.tax END;
    IF greatest(v_order.total, v_order.subtotal) > 9999999999.99 THEN
        RAISE EXCEPTION 'a total of % does not fit', greatest(v_order.total, v_order.subtotal)
        USING ERRCODE = 'ST003',
            DETAIL = jsonb_build_object(
                'subtotal', v_order.subtotal, 'total', v_order.total, 'at_most', 9999999999.99
            ),
            HINT = 'Split the order.';
    END IF;
    -- A hold of days or months is as long whatever the time zone of whoever orders.
    v_order.expires_at := CASE
        WHEN v_order.total > 0 THEN (now() AT TIME ZONE 'UTC' + v_hold) AT TIME ZONE 'UTC'
    END;
    RETURN v_order;
END;
$_price_order$;
REVOKE EXECUTE ON FUNCTION _price_order(ORDER_UNIT[], TEXT, INT, TAXED_PLACE) FROM PUBLIC;
COMMENT ON FUNCTION _price_order(ORDER_UNIT[], TEXT, INT, TAXED_PLACE) IS
'The order as it would be placed now. Raises ST002 (products), ST003 (the total), ST006. Internal.';
