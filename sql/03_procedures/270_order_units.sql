-- Which units of an order a request means: those it names, or all there are. Open units can be
-- shipped or cancelled, shipped ones returned.

CREATE OR REPLACE FUNCTION order_units(
    p_order_id INT, p_items JSONB, p_state TEXT,
    OUT line_nos INT[], OUT product_ids INT[], OUT quantities INT[], OUT items JSONB
)
LANGUAGE plpgsql STABLE SET search_path FROM CURRENT
AS $order_units$
DECLARE
    v_line_nos INT[];
    v_quantities INT[];
    v_offenders JSONB;
BEGIN
    IF p_items IS NOT NULL THEN
        SELECT parsed.item_keys, parsed.quantities INTO v_line_nos, v_quantities
        FROM parse_items(p_items, 'line_no') AS parsed;
    END IF;

    WITH lines AS (
        SELECT
            line_no,
            product_id,
            CASE p_state
                WHEN 'open' THEN quantity - shipped_quantity - cancelled_quantity
                WHEN 'shipped' THEN shipped_quantity - returned_quantity
            END AS units
        FROM order_items
        WHERE order_id = p_order_id
    ),

    wanted AS (
        SELECT
            asked.line_no,
            asked.quantity
        FROM unnest(v_line_nos, v_quantities) AS asked (line_no, quantity)
        UNION ALL
        SELECT
            line_no,
            units
        FROM lines
        WHERE p_items IS NULL AND units > 0
    )

    SELECT
        array_agg(wanted.line_no ORDER BY wanted.line_no),
        array_agg(lines.product_id ORDER BY wanted.line_no),
        array_agg(wanted.quantity ORDER BY wanted.line_no),
        jsonb_agg(
            jsonb_build_object('line_no', wanted.line_no, 'quantity', wanted.quantity)
            ORDER BY wanted.line_no
        ),
        jsonb_agg(
            jsonb_build_object(
                'line_no', wanted.line_no, 'requested', wanted.quantity,
                p_state, coalesce(lines.units, 0)
            ) ORDER BY wanted.line_no
        ) FILTER (WHERE wanted.quantity > coalesce(lines.units, 0))
    INTO line_nos, product_ids, quantities, items, v_offenders
    FROM wanted
    LEFT JOIN lines ON wanted.line_no = lines.line_no;
    IF v_offenders IS NOT NULL THEN
        RAISE EXCEPTION 'order % has not that many % units', p_order_id, p_state
        USING ERRCODE = 'ST008',
            DETAIL = jsonb_build_object('order_id', p_order_id, 'items', v_offenders),
            HINT = CASE p_state
                WHEN 'open' THEN 'Open units are those neither shipped nor cancelled.'
                ELSE 'Units can come back that were shipped and have not come back yet.'
            END;
    END IF;
END;
$order_units$;
REVOKE EXECUTE ON FUNCTION order_units(INT, JSONB, TEXT) FROM PUBLIC;
COMMENT ON FUNCTION order_units(INT, JSONB, TEXT) IS
'Line numbers, products and quantities of p_items, [{"line_no": 1, "quantity": 2}, ...], or of all
the units when NULL (then NULLs when there are none), and the same as plain items for the audit.
p_state: open (neither shipped nor cancelled) or shipped (and not returned). The caller holds the
order''s lock. Raises ST003 (malformed), ST008 (more than there are, every line listed). Internal.';
