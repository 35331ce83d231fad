-- What an order would cost, line by line, without placing it. Prices through price_items like
-- place_order. Changes nothing, locks nothing.

CREATE OR REPLACE FUNCTION quote_order(
    p_items JSONB, p_coupon_code TEXT DEFAULT NULL,
    p_customer_id INT DEFAULT NULL, p_address_id INT DEFAULT NULL
) RETURNS TABLE (
    line_no INT, product_id INT, sku VARCHAR, product_name VARCHAR, unit_price NUMERIC,
    quantity INT, available INT, discount NUMERIC, line_total NUMERIC, tax_rate NUMERIC,
    tax NUMERIC, subtotal NUMERIC, order_discount NUMERIC, shipping_fee NUMERIC,
    order_tax NUMERIC, total NUMERIC
)
LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 10 SET search_path FROM CURRENT
SET plan_cache_mode = force_generic_plan  -- every look-up is by key
AS $quote_order$
#variable_conflict use_column
DECLARE
    v_product_ids INT[];
    v_quantities INT[];
BEGIN
    IF p_customer_id IS NOT NULL THEN
        PERFORM require_customer_access(p_customer_id);
    END IF;
    SELECT item_keys, quantities INTO v_product_ids, v_quantities
    FROM parse_items(p_items, 'product_id');
    IF p_customer_id IS NOT NULL THEN
        PERFORM require_orderer(p_customer_id);
    END IF;
    RETURN QUERY
    SELECT
        line_no,
        product_id,
        sku,
        product_name,
        unit_price,
        quantity,
        available,
        discount,
        line_total,
        tax_rate,
        tax,
        subtotal,
        order_discount,
        shipping_fee,
        order_tax,
        total
    FROM price_items(
        v_product_ids, v_quantities, upper(p_coupon_code), p_customer_id,
        destination_of(p_customer_id, p_address_id)
    );
END;
$quote_order$;
REVOKE EXECUTE ON FUNCTION quote_order(JSONB, TEXT, INT, INT) FROM PUBLIC;
COMMENT ON FUNCTION quote_order(JSONB, TEXT, INT, INT) IS
'Prices p_items, [{"product_id": 1, "quantity": 2}, ...], as place_order would: a row a line with
unit price, discount and tax in the store''s currency, available (units in stock, at most the
quantity asked for), and on every row the order''s subtotal, discount, shipping fee, tax and total.
Without a customer: no address, no limit a customer. Short stock is no error. Raises ST002 (unknown
or inactive customer, product, address), ST003 (malformed items, total too large), ST006 (coupon),
ST009 (too many pending orders), 42501 (not the caller''s customer).';
