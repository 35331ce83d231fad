-- Which units of an order are meant by a request to ship or cancel some: those it names, or all
-- that have neither left nor been cancelled.

CREATE OR REPLACE FUNCTION open_units(
    p_order_id INT, p_items JSONB, OUT line_nos INT[], OUT quantities INT[]
)
LANGUAGE plpgsql STABLE SET search_path FROM CURRENT
AS $open_units$
DECLARE
    v_offenders JSONB;
BEGIN
    IF p_items IS NULL THEN
        SELECT
            array_agg(line_no ORDER BY line_no),
            array_agg(quantity - shipped_quantity - cancelled_quantity ORDER BY line_no)
        INTO line_nos, quantities
        FROM order_items
        WHERE order_id = p_order_id AND shipped_quantity + cancelled_quantity < quantity;
        RETURN;
    END IF;
    SELECT parsed.item_keys, parsed.quantities INTO line_nos, quantities
    FROM parse_items(p_items, 'line_no') AS parsed;
    SELECT jsonb_agg(
        jsonb_build_object(
            'line_no', unit.line_no, 'requested', unit.quantity, 'open', coalesce(line.open, 0)
        ) ORDER BY unit.place
    ) INTO v_offenders
    FROM unnest(line_nos, quantities) WITH ORDINALITY AS unit (line_no, quantity, place)
    LEFT JOIN LATERAL (
        SELECT quantity - shipped_quantity - cancelled_quantity AS open
        FROM order_items
        WHERE order_items.order_id = p_order_id AND order_items.line_no = unit.line_no
    ) AS line ON TRUE
    WHERE unit.quantity > coalesce(line.open, 0);
    IF v_offenders IS NOT NULL THEN
        RAISE EXCEPTION 'order % has not that many open units', p_order_id
        USING ERRCODE = 'ST008',
            DETAIL = jsonb_build_object('order_id', p_order_id, 'items', v_offenders),
            HINT = 'Open units are those neither shipped nor cancelled.';
    END IF;
END;
$open_units$;
REVOKE EXECUTE ON FUNCTION open_units(INT, JSONB) FROM PUBLIC;
COMMENT ON FUNCTION open_units(INT, JSONB) IS
'Line numbers and quantities of p_items, [{"line_no": 1, "quantity": 2}, ...], or of all open units
when NULL (then NULL when there are none). The caller holds the order''s lock. Raises ST003
(malformed), ST008 (more than is open, every line listed). Internal.';
