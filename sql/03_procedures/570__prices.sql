-- Prices an order. Quoting and placing both ask this, so they cannot differ; being STABLE it sees
-- one snapshot, the calling statement's, and a price committed meanwhile does not touch it.

CREATE OR REPLACE FUNCTION _refuse_products(p_units ORDER_UNIT[]) RETURNS VOID
LANGUAGE plpgsql SET search_path FROM CURRENT
AS $_refuse_products$
BEGIN
    RAISE EXCEPTION 'some products are unknown or inactive'
    USING ERRCODE = 'ST002',
        DETAIL = (
            SELECT jsonb_build_object('product_ids', jsonb_agg(unknown.product_id))
            FROM (
                SELECT asked.product_id
                FROM unnest(p_units) AS asked
                LEFT JOIN products ON asked.product_id = products.product_id AND products.is_active
                WHERE products.product_id IS NULL
                ORDER BY asked.line_no
                LIMIT 100
            ) AS unknown
        ),
        HINT = 'Remove them from the order.';
END;
$_refuse_products$;
REVOKE EXECUTE ON FUNCTION _refuse_products(ORDER_UNIT[]) FROM PUBLIC;
COMMENT ON FUNCTION _refuse_products(ORDER_UNIT[]) IS
'Always raises ST002, listing those of the products that cannot be ordered. Internal.';

CREATE OR REPLACE FUNCTION _price_order(
    p_units ORDER_UNIT[], p_coupon_code TEXT, p_customer_id INT,
    p_country_code TEXT, p_region_code TEXT
) RETURNS PRICED_ORDER
LANGUAGE plpgsql STABLE SET search_path FROM CURRENT
AS $_price_order$
DECLARE
    v_settings store_settings;
    v_order PRICED_ORDER;
    v_decimals INT;
    v_day DATE;
    v_product_ids INT[] := ARRAY(SELECT product_id FROM unnest(p_units));
BEGIN
    SELECT * INTO v_settings FROM store_settings;
    v_decimals := v_settings.currency_decimals;
    v_day := (now() AT TIME ZONE v_settings.time_zone)::DATE;
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
    INTO v_order.lines, v_order.subtotal
    FROM unnest(p_units) AS unit
    INNER JOIN products ON unit.product_id = products.product_id
    INNER JOIN inventory ON products.product_id = inventory.product_id
    LEFT JOIN sale_prices
        ON
            products.product_id = sale_prices.product_id
            AND sale_prices.product_id = ANY (v_product_ids)
            AND sale_prices.valid_from <= now() AND sale_prices.valid_until > now()
            AND sale_prices.price < products.price  -- else it is no sale
    CROSS JOIN LATERAL
        _tax_rate_at(products.tax_class, p_country_code, p_region_code, v_day) AS applied
    WHERE
        products.product_id = ANY (v_product_ids)
        AND inventory.product_id = ANY (v_product_ids)
        AND products.is_active;
    IF cardinality(v_order.lines) IS DISTINCT FROM cardinality(p_units) THEN
        PERFORM _refuse_products(p_units);
    END IF;

    v_order.discount := CASE
        WHEN p_coupon_code IS NULL THEN round(0, v_decimals)
        ELSE _coupon_discount(p_coupon_code, p_customer_id, v_order.subtotal, v_decimals, v_day)
    END;
    v_order.shipping_fee := CASE
        WHEN v_order.subtotal - v_order.discount >= v_settings.free_shipping_from
            THEN round(0, v_decimals)
        ELSE v_settings.shipping_fee
    END;
    SELECT rate INTO v_order.shipping_tax_rate
    FROM _tax_rate_at(v_settings.shipping_tax_class, p_country_code, p_region_code, v_day);
    v_order.shipping_tax := tax_of(
        v_order.shipping_fee, v_order.shipping_tax_rate, v_settings.prices_include_tax, v_decimals
    );

    -- A line's share of the discount is the rounded discount up to it less the rounded discount
    -- before it: exact in sum, within a cent of its exact share, never negative, never above the
    -- line.
    WITH summed AS (
        SELECT
            line,
            sum(line.line_total) OVER (ORDER BY line.line_no) AS gross_so_far
        FROM unnest(v_order.lines) AS line
    ),

    discounted AS (
        SELECT
            line,
            CASE WHEN v_order.discount > 0 THEN
                _round_quotient(v_order.discount * gross_so_far, v_order.subtotal, v_decimals)
                - _round_quotient(
                    v_order.discount * (gross_so_far - (line).line_total), v_order.subtotal,
                    v_decimals
                )
            ELSE v_order.discount END AS discount
        FROM summed
    ),

    taxed AS (
        SELECT
            line,
            discount,
            tax_of(
                (line).line_total - discount, (line).tax_rate, v_settings.prices_include_tax,
                v_decimals
            ) AS tax
        FROM discounted
    )

    SELECT
        array_agg(
            ROW(
                (line).line_no, (line).product_id, (line).sku, (line).product_name,
                (line).unit_price, (line).regular_price, (line).unit_cost, (line).tax_class,
                (line).tax_rate, (line).quantity, (line).available, discount,
                (line).line_total - discount, tax
            )::PRICED_LINE ORDER BY (line).line_no
        ),
        sum(tax) + v_order.shipping_tax
    INTO v_order.lines, v_order.tax
    FROM taxed;
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
    RETURN v_order;
END;
$_price_order$;
REVOKE EXECUTE ON FUNCTION _price_order(ORDER_UNIT[], TEXT, INT, TEXT, TEXT) FROM PUBLIC;
COMMENT ON FUNCTION _price_order(ORDER_UNIT[], TEXT, INT, TEXT, TEXT) IS
'The order as it would be placed now, at today''s prices and the taxes of the place; available is
what is in stock. Raises ST002 (products), ST003 (a total that does not fit), ST006 (coupon).
Internal.';
