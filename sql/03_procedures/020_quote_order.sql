-- What an order would cost, line by line, without placing it. Prices as placing does, through
-- _price_order(). Changes nothing, locks nothing.

CREATE OR REPLACE FUNCTION quote_order(
    p_items JSONB, p_coupon_code TEXT DEFAULT NULL,
    p_customer_id INT DEFAULT NULL, p_address_id INT DEFAULT NULL,
    p_country_code TEXT DEFAULT NULL, p_region_code TEXT DEFAULT NULL
) RETURNS TABLE (
    line_no INT, product_id INT, sku VARCHAR, product_name VARCHAR, unit_price NUMERIC,
    regular_price NUMERIC, quantity INT, available INT, discount NUMERIC, line_total NUMERIC,
    tax_rate NUMERIC, tax NUMERIC, subtotal NUMERIC, order_discount NUMERIC, shipping_fee NUMERIC,
    order_tax NUMERIC, total NUMERIC
)
LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 10 SET search_path FROM CURRENT
SET plan_cache_mode = force_generic_plan  -- every look-up is by key
AS $quote_order$
#variable_conflict use_column
DECLARE
    v_units ORDER_UNIT[];
    v_address_id INT;
    v_to JSONB;
    v_order PRICED_ORDER;
BEGIN
    IF p_customer_id IS NOT NULL THEN
        PERFORM _require_customer_access(p_customer_id);
    END IF;
    v_units := _parse_items(p_items, 'product_id');
    IF p_country_code IS NULL AND p_region_code IS NOT NULL
        OR p_country_code IS NOT NULL AND p_address_id IS NOT NULL THEN
        PERFORM _refuse_argument(
            'p_country_code', left(p_country_code, 2), 'Give an address, or a country, or neither.'
        );
    END IF;
    IF p_customer_id IS NOT NULL THEN
        v_address_id := _require_active_customer(p_customer_id);
    END IF;
    IF coalesce(p_address_id, v_address_id) IS NOT NULL AND p_country_code IS NULL THEN
        v_to := _address_of(p_customer_id, coalesce(p_address_id, v_address_id));
    ELSIF p_country_code IS NOT NULL THEN
        v_to := jsonb_build_object(
            'country_code', upper(_clean_argument(p_country_code, 'p_country_code', 2)),
            'region_code', upper(
                _clean_argument(p_region_code, 'p_region_code', 3, p_is_optional => TRUE)
            )
        );
    END IF;
    v_order := _price_order(
        v_units, _clean_coupon(p_coupon_code), p_customer_id, _taxed_place(v_to)
    );
    RETURN QUERY
    SELECT
        line.line_no,
        line.product_id,
        line.sku::VARCHAR,
        line.product_name::VARCHAR,
        line.unit_price::NUMERIC,
        line.regular_price::NUMERIC,
        line.quantity,
        _visible_stock(line.available, line.quantity),
        line.discount,
        line.line_total,
        line.tax_rate::NUMERIC,
        line.tax,
        v_order.subtotal,
        v_order.discount,
        v_order.shipping_fee::NUMERIC,
        v_order.tax,
        v_order.total
    FROM unnest(v_order.lines) AS line
    ORDER BY line.line_no;
END;
$quote_order$;
REVOKE EXECUTE ON FUNCTION quote_order(JSONB, TEXT, INT, INT, TEXT, TEXT) FROM PUBLIC;
COMMENT ON FUNCTION quote_order(JSONB, TEXT, INT, INT, TEXT, TEXT) IS
'Prices p_items, [{"product_id": 1, "quantity": 2}, ...], as place_order would: a row a line with
unit price, regular_price (NULL unless on sale), discount and tax in the store''s currency,
available (units in stock, at most those asked for and, but for staff, store_settings.shown_stock),
and on every row the order''s subtotal, discount, shipping fee, tax and total. For a customer''s
address, else their default one, or for p_country_code and p_region_code (ISO 3166), else at the
store''s place. Short stock is no error. Raises ST002 (unknown or inactive customer, product,
address; a place that is not served or not known), ST003 (malformed items, place or coupon, total
too large), ST006 (coupon), ST009 (too many pending orders), 42501 (not the caller''s customer),
28000 (a token that does not hold).';
