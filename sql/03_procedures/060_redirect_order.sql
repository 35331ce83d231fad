-- Sends an order elsewhere while nothing of it has left. The price stays, so the taxes of the new
-- place must come to the same; the buyer stays too. Locks the order row.

CREATE OR REPLACE FUNCTION redirect_order(p_order_id INT, p_address_id INT) RETURNS VOID
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT
AS $redirect_order$
DECLARE
    v_order orders := _lock_order(p_order_id);
    v_ship_to ADDRESS_SNAPSHOT;
    v_place TAXED_PLACE;
    v_day DATE;  -- of placing
    v_other_taxes JSONB;  -- line_no NULL = the delivery
BEGIN
    IF v_order.status NOT IN ('pending', 'paid')
        OR EXISTS (SELECT FROM shipments WHERE order_id = p_order_id) THEN
        PERFORM _refuse_status(
            v_order, 'redirected', 'Only an order of which nothing has left can go elsewhere.'
        );
    END IF;
    v_ship_to := _address_of(v_order.customer_id, p_address_id);
    v_place := _taxed_place(v_ship_to);
    v_day := (v_order.created_at AT TIME ZONE (SELECT time_zone FROM store_settings))::DATE;
    SELECT jsonb_agg(
        jsonb_build_object('line_no', taxed.line_no, 'tax', taxed.tax, 'there', there.tax)
        ORDER BY taxed.line_no
    )
    INTO v_other_taxes
    FROM (
        SELECT line_no, tax_class, line_total AS amount, tax
        FROM order_items
        WHERE order_id = p_order_id
        UNION ALL
        SELECT NULL, v_order.shipping_tax_class, v_order.shipping_fee, v_order.shipping_tax
    ) AS taxed
    CROSS JOIN LATERAL _tax_rate_at(
        taxed.tax_class, v_place.country_code, v_place.region_code, v_day
    ) AS applied
    CROSS JOIN LATERAL (
        SELECT _tax_of(
            taxed.amount, applied.rate, v_order.prices_include_tax, v_order.decimals
        ) AS tax
    ) AS there
    WHERE taxed.tax <> there.tax;
    IF v_other_taxes IS NOT NULL THEN
        RAISE EXCEPTION 'order % would be taxed differently in % %', p_order_id,
            v_place.country_code, v_place.region_code
        USING ERRCODE = 'ST007',
            DETAIL = jsonb_build_object(
                'order_id', p_order_id, 'address_id', p_address_id,
                'taxes', jsonb_path_query_array(v_other_taxes, '$[0 to 99]')
            ),
            HINT = 'Cancel the order and place it anew to that address.';
    END IF;
    UPDATE orders SET
        ship_to = v_ship_to,
        bill_to = coalesce(bill_to, ship_to),
        ship_to_country = v_place.country_code,
        ship_to_region = v_place.region_code
    WHERE order_id = p_order_id;
    INSERT INTO order_audit (order_id, action, details)
    VALUES (
        p_order_id, 'redirected', jsonb_build_object(
            'country_code', v_place.country_code, 'region_code', v_place.region_code
        )
    );
END;
$redirect_order$;
REVOKE EXECUTE ON FUNCTION redirect_order(INT, INT) FROM PUBLIC;
COMMENT ON FUNCTION redirect_order(INT, INT) IS
'Sends a pending or paid order, of which nothing has left, to another address of its customer; the
invoice still names the old one. Raises ST002 (no such order or address; a place that is not served
or not known), ST005 (something has left, or the order ended), ST007 (by the rates of the day of
placing, the taxes there come to another amount).';
