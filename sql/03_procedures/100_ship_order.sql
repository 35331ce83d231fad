-- Sends an order's units on their way, all that is left or some. What they are worth is supplied
-- with them, the delivery with the first parcel. Locks the key, the order and its stock by
-- product_id, in that order.

CREATE OR REPLACE FUNCTION ship_order(
    p_order_id INT, p_carrier TEXT, p_tracking_number TEXT, p_items JSONB DEFAULT NULL,
    p_shipped_at TIMESTAMPTZ DEFAULT NULL, p_idempotency_key TEXT DEFAULT NULL
) RETURNS INT
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT
AS $ship_order$
DECLARE
    v_carrier TEXT := _clean_argument(p_carrier, 'p_carrier', 100);
    v_tracking_number TEXT := _clean_argument(
        p_tracking_number, 'p_tracking_number', 100, p_is_optional => TRUE
    );
    v_units ORDER_UNIT[];
    v_call call_keys;
    v_order orders;
    v_shipped_at TIMESTAMPTZ;
    v_shipment_id INT;
BEGIN
    IF p_items IS NOT NULL THEN
        v_units := _parse_items(p_items, 'line_no');
    END IF;
    v_call := _keyed_call(
        p_idempotency_key, 'ship_order', v_units,
        jsonb_build_array(
            p_order_id, v_carrier, v_tracking_number, extract(EPOCH FROM p_shipped_at)
        )
    );
    IF v_call.created_at IS NOT NULL THEN
        RETURN v_call.answer;
    END IF;

    v_order := _lock_order(p_order_id);
    IF v_order.status NOT IN ('pending', 'paid') THEN
        PERFORM _refuse_status(v_order, 'shipped', 'Nothing of it waits to leave.');
    ELSIF v_order.released_at IS NULL AND (v_order.status = 'pending' OR v_order.balance > 0) THEN
        PERFORM _refuse_status(
            v_order, format('shipped while %s is owed', v_order.balance),
            'Only a paid order can be shipped, or one that was released.'
        );
    END IF;
    v_shipped_at := _past_instant(p_shipped_at, 'p_shipped_at', v_order.created_at);
    v_units := _units_of(p_order_id, v_units, 'open');

    INSERT INTO shipments (
        order_id, carrier, tracking_number, shipped_at, delivery_net, delivery_tax
    )
    SELECT
        p_order_id,
        v_carrier,
        v_tracking_number,
        v_shipped_at,
        -- All of it is open until the first parcel takes it along.
        worth.open_net,
        worth.open_tax
    FROM _order_worth(p_order_id) AS worth
    WHERE worth.line_no IS NULL
    RETURNING shipment_id INTO v_shipment_id;
    INSERT INTO shipment_items (shipment_id, order_id, line_no, quantity, net, tax)
    SELECT
        v_shipment_id,
        p_order_id,
        unit.line_no,
        unit.quantity,
        _share_of(worth.open_net, unit.quantity, worth.open_units, v_order.decimals),
        _share_of(worth.open_tax, unit.quantity, worth.open_units, v_order.decimals)
    FROM unnest(v_units) AS unit
    INNER JOIN _order_worth(p_order_id) AS worth ON unit.line_no = worth.line_no;
    UPDATE order_items SET shipped_quantity = order_items.shipped_quantity + unit.quantity
    FROM unnest(v_units) AS unit
    WHERE order_items.order_id = p_order_id AND order_items.line_no = unit.line_no;

    v_order := _settle_order(v_order);
    INSERT INTO order_audit (order_id, action, details)
    VALUES (
        p_order_id, 'shipped', jsonb_build_object(
            'shipment_id', v_shipment_id, 'items', _told_units(v_units),
            'complete', v_order.status NOT IN ('pending', 'paid')
        )
    );
    PERFORM _remember_call(v_call, v_shipment_id);
    PERFORM _move_stock(v_units, p_on_hand => -1, p_reserved => -1);
    RETURN v_shipment_id;
END;
$ship_order$;
REVOKE EXECUTE ON FUNCTION ship_order(INT, TEXT, TEXT, JSONB, TIMESTAMPTZ, TEXT) FROM PUBLIC;
COMMENT ON FUNCTION ship_order(INT, TEXT, TEXT, JSONB, TIMESTAMPTZ, TEXT) IS
'Ships p_items, [{"line_no": 1, "quantity": 2}, ...], or all open units when NULL, as one parcel of
the carrier (p_tracking_number may be NULL), which left at p_shipped_at (NULL = now), and returns
its shipment_id. Of a paid order on which nothing is owed, or a released one. A retry with the same
p_idempotency_key gets the same parcel. Raises ST002 (no such order), ST003 (carrier, tracking
number, items, key, or an instant in the future or before placing), ST004 (key used for another
request), ST005 (neither paid nor released, money owed again, or nothing left to leave), ST008 (more
than is open).';
