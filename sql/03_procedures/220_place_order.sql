-- Places an order: all of it or nothing, in one round trip. Locks the idempotency key, the
-- customer, the coupon (shared, but for a limited one) and the stock rows by product_id, in that
-- order; stock last, so that a product everybody wants is held for little more than the commit.

CREATE OR REPLACE FUNCTION place_order(
    p_customer_id INT, p_items JSONB, p_idempotency_key TEXT DEFAULT NULL,
    p_coupon_code TEXT DEFAULT NULL, p_address_id INT DEFAULT NULL,
    p_expected_total NUMERIC DEFAULT NULL
) RETURNS INT
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT
SET plan_cache_mode = force_generic_plan  -- every look-up is by key: plan once, not every order
AS $place_order$
DECLARE
    v_coupon_code TEXT := upper(p_coupon_code);
    v_product_ids INT[];
    v_quantities INT[];
    v_request_hash BYTEA;
    v_order_id INT;
    v_total NUMERIC;
BEGIN
    PERFORM require_customer_access(p_customer_id);
    IF p_expected_total IS NOT NULL THEN
        PERFORM require_amount(p_expected_total, 'p_expected_total', 0);
    END IF;
    SELECT item_keys, quantities INTO v_product_ids, v_quantities
    FROM parse_items(p_items, 'product_id');

    IF p_idempotency_key IS NOT NULL THEN
        PERFORM require_text(p_idempotency_key, 'p_idempotency_key', 255);
        v_request_hash := request_hash(v_product_ids, v_quantities, v_coupon_code, p_address_id);
        v_order_id := find_repeated_order(p_customer_id, p_idempotency_key, v_request_hash);
        IF v_order_id IS NOT NULL THEN
            RETURN v_order_id;
        END IF;
    END IF;

    -- One order at a time for a customer: what they may still do is counted on firm ground.
    PERFORM 1 FROM customers WHERE customer_id = p_customer_id FOR NO KEY UPDATE;
    PERFORM require_orderer(p_customer_id);
    IF v_coupon_code IS NOT NULL THEN
        -- Once priced with, it is not deleted until the order is placed.
        PERFORM 1 FROM coupons WHERE coupon_code = v_coupon_code FOR KEY SHARE;
    END IF;

    -- One statement, so one snapshot for every price in it.
    WITH destination AS MATERIALIZED (
        SELECT destination_of(p_customer_id, p_address_id) AS ship_to
    ),

    priced AS MATERIALIZED (
        SELECT price.*
        FROM destination
        CROSS JOIN LATERAL price_items(
            v_product_ids, v_quantities, v_coupon_code, p_customer_id, destination.ship_to
        ) AS price
    ),

    placed AS (
        INSERT INTO orders (
            customer_id, status, prices_include_tax, subtotal, discount, shipping_fee,
            shipping_tax_rate, shipping_tax, tax, coupon_code, ship_to, ship_to_country,
            idempotency_key, request_hash, expires_at
        )
        SELECT
            p_customer_id,
            CASE WHEN priced.total = 0 THEN 'paid' ELSE 'pending' END,
            priced.prices_include_tax,
            priced.subtotal,
            priced.order_discount,
            priced.shipping_fee,
            priced.shipping_tax_rate,
            priced.shipping_tax,
            priced.order_tax,
            v_coupon_code,
            destination.ship_to,
            destination.ship_to ->> 'country_code',
            p_idempotency_key,
            v_request_hash,
            CASE WHEN priced.total > 0 THEN now() + store_settings.order_hold END
        FROM priced
        CROSS JOIN destination
        CROSS JOIN store_settings
        WHERE priced.line_no = 1
        RETURNING order_id, status, total
    ),

    lines AS (
        INSERT INTO order_items (
            order_id, line_no, product_id, sku, product_name, unit_price, unit_cost, tax_rate,
            quantity, discount, tax
        )
        SELECT
            placed.order_id,
            priced.line_no,
            priced.product_id,
            priced.sku,
            priced.product_name,
            priced.unit_price,
            priced.unit_cost,
            priced.tax_rate,
            priced.quantity,
            priced.discount,
            priced.tax
        FROM priced
        CROSS JOIN placed
    ),

    audited AS (
        INSERT INTO order_audit (order_id, action, details)
        SELECT
            placed.order_id,
            step.action,
            jsonb_build_object('total', placed.total)
        FROM placed
        CROSS JOIN (VALUES ('placed'), ('paid')) AS step (action)
        WHERE step.action IN ('placed', placed.status)  -- a total of 0 is paid at once
    )

    SELECT
        placed.order_id,
        placed.total
    INTO v_order_id, v_total
    FROM placed;

    IF v_total <> p_expected_total THEN
        RAISE EXCEPTION 'the total is % and not %', v_total, p_expected_total
        USING ERRCODE = 'ST007',
            DETAIL = jsonb_build_object('total', v_total, 'expected', p_expected_total),
            HINT = 'Show the customer a new quote.';
    END IF;
    IF v_coupon_code IS NOT NULL THEN
        PERFORM count_coupon_use(v_coupon_code);
    END IF;
    PERFORM reserve_stock(v_product_ids, v_quantities);
    RETURN v_order_id;
END;
$place_order$;
REVOKE EXECUTE ON FUNCTION place_order(INT, JSONB, TEXT, TEXT, INT, NUMERIC) FROM PUBLIC;
COMMENT ON FUNCTION place_order(INT, JSONB, TEXT, TEXT, INT, NUMERIC) IS
'Places an order of p_items, [{"product_id": 1, "quantity": 2}, ...] (1 to 500 entries, at most
10,000 units a product), for the customer, to p_address_id or else the default address, and
returns its order_id. A retry with the same p_idempotency_key gets the same order again. With
p_expected_total (store''s currency) it is placed at that total only. Raises ST001 (short stock,
every product listed), ST002 (unknown or inactive customer, product, address), ST003 (malformed
items, key or total), ST004 (key used for another request), ST006 (coupon), ST007 (another total),
ST009 (too many pending orders), 42501 (not the caller''s customer).';
