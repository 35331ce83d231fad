-- Prices an order. Quoting and placing both ask this, so they cannot differ; being STABLE it sees
-- one snapshot, the calling statement's, and a price committed meanwhile does not touch it.

CREATE OR REPLACE FUNCTION price_items(
    p_product_ids INT[], p_quantities INT[],
    p_coupon_code TEXT, p_customer_id INT, p_ship_to JSONB
) RETURNS TABLE (
    line_no INT, product_id INT, sku VARCHAR, product_name VARCHAR,
    unit_price NUMERIC, unit_cost NUMERIC, quantity INT, available INT,
    discount NUMERIC, line_total NUMERIC, tax_rate NUMERIC, tax NUMERIC,
    prices_include_tax BOOLEAN, subtotal NUMERIC, order_discount NUMERIC,
    shipping_fee NUMERIC, shipping_tax_rate NUMERIC, shipping_tax NUMERIC,
    order_tax NUMERIC, total NUMERIC
)
LANGUAGE plpgsql STABLE ROWS 10 SET search_path FROM CURRENT
AS $price_items$
#variable_conflict use_column
DECLARE
    v_settings store_settings;
    v_country TEXT;
    v_today DATE;
    v_subtotal NUMERIC;
    v_discount NUMERIC := 0.00;
    v_fee NUMERIC;
    v_fee_rate NUMERIC;
    v_fee_tax NUMERIC;
BEGIN
    SELECT * INTO v_settings FROM store_settings;
    v_country := coalesce(p_ship_to ->> 'country_code', v_settings.country_code);
    v_today := (now() AT TIME ZONE v_settings.time_zone)::DATE;

    -- ANY, here and below, has products found by key; by the join alone, a catalogue of a thousand
    -- or two would be read whole for every order.
    SELECT sum(products.price * item.quantity) INTO v_subtotal
    FROM unnest(p_product_ids, p_quantities) AS item (product_id, quantity)
    INNER JOIN products ON item.product_id = products.product_id
    WHERE products.product_id = ANY (p_product_ids) AND products.is_active
    HAVING count(*) = cardinality(p_product_ids);
    IF v_subtotal IS NULL THEN
        PERFORM refuse_products(p_product_ids);
    END IF;
    IF p_coupon_code IS NOT NULL THEN
        v_discount := coupon_discount(p_coupon_code, p_customer_id, v_subtotal);
    END IF;
    v_fee := CASE
        WHEN v_subtotal - v_discount >= v_settings.free_shipping_from THEN 0
        ELSE v_settings.shipping_fee
    END;
    SELECT rate INTO v_fee_rate FROM tax_rate_at('standard', v_country, v_today);
    v_fee_tax := tax_of(v_fee, v_fee_rate, v_settings.prices_include_tax);

    RETURN QUERY
    WITH priced AS (
        SELECT
            item.line_no,
            item.quantity,
            products.product_id,
            products.sku,
            products.name,
            products.price,
            products.cost,
            products.tax_class,
            least(inventory.available, item.quantity) AS available,
            products.price * item.quantity AS gross,
            sum(products.price * item.quantity) OVER (ORDER BY item.line_no) AS gross_so_far
        FROM unnest(p_product_ids, p_quantities)
        WITH ORDINALITY AS item (product_id, quantity, line_no)
        INNER JOIN products ON item.product_id = products.product_id
        INNER JOIN inventory ON products.product_id = inventory.product_id
        WHERE products.product_id = ANY (p_product_ids)
    ),

    -- A line's share is the rounded discount up to it less the rounded discount before it: exact
    -- in sum, within a cent of its exact share, never negative, never above the line.
    discounted AS (
        SELECT
            *,
            coalesce(
                round(v_discount * gross_so_far / nullif(v_subtotal, 0), 2)
                - round(v_discount * (gross_so_far - gross) / nullif(v_subtotal, 0), 2), 0
            ) AS share
        FROM priced
    ),

    rated AS MATERIALIZED (  -- else the rate would be looked up wherever it is used
        SELECT
            discounted.*,
            applied.rate
        FROM discounted
        CROSS JOIN LATERAL tax_rate_at(discounted.tax_class, v_country, v_today) AS applied
    ),

    taxed AS (
        SELECT
            *,
            tax_of(gross - share, rate, v_settings.prices_include_tax) AS line_tax
        FROM rated
    ),

    summed AS (
        SELECT
            *,
            sum(line_tax) OVER () + v_fee_tax AS all_tax
        FROM taxed
    ),

    totalled AS (
        SELECT
            *,
            v_subtotal - v_discount + v_fee
            + CASE WHEN v_settings.prices_include_tax THEN 0 ELSE all_tax END AS order_total
        FROM summed
    )

    SELECT
        line_no::INT,
        product_id,
        sku,
        name,
        price,
        cost,
        quantity,
        available,
        share,
        gross - share,
        rate,
        line_tax,
        v_settings.prices_include_tax,
        v_subtotal,
        v_discount,
        v_fee,
        v_fee_rate,
        v_fee_tax,
        all_tax,
        CASE
            WHEN greatest(order_total, v_subtotal) <= 9999999999.99 THEN order_total
            ELSE refuse_total(order_total, v_subtotal)
        END
    FROM totalled;
END;
$price_items$;
REVOKE EXECUTE ON FUNCTION price_items(INT[], INT[], TEXT, INT, JSONB) FROM PUBLIC;
COMMENT ON FUNCTION price_items(INT[], INT[], TEXT, INT, JSONB) IS
'A row a line, priced at today''s prices and the destination''s taxes, with the order''s sums on
each; available is capped at the quantity asked for. Raises ST002 (products), ST003 (a total that
does not fit), ST006 (coupon). Internal.';
