-- Units of an order's lines: which are there to leave or to come back, and how they are told.

CREATE OR REPLACE FUNCTION _units_of(
    p_order_id INT, p_asked ORDER_UNIT[], p_state TEXT
) RETURNS ORDER_UNIT[]
LANGUAGE plpgsql STABLE SET search_path FROM CURRENT
AS $_units_of$
DECLARE
    v_units ORDER_UNIT[];
    v_offenders JSONB;
BEGIN
    WITH there AS (
        SELECT
            line_no,
            product_id,
            CASE p_state
                WHEN 'open' THEN quantity - shipped_quantity - cancelled_quantity
                WHEN 'kept' THEN shipped_quantity - returned_quantity
            END AS units
        FROM order_items
        WHERE order_id = p_order_id
    ),

    wanted AS (
        SELECT
            line_no,
            quantity
        FROM unnest(p_asked)
        UNION ALL
        SELECT
            line_no,
            units
        FROM there
        WHERE p_asked IS NULL AND units > 0
    )

    SELECT
        array_agg(
            ROW(wanted.line_no, there.product_id, wanted.quantity)::ORDER_UNIT
            ORDER BY wanted.line_no
        ),
        jsonb_path_query_array(
            jsonb_agg(
                jsonb_build_object(
                    'line_no', wanted.line_no, 'requested', wanted.quantity,
                    p_state, coalesce(there.units, 0)
                ) ORDER BY wanted.line_no
            ) FILTER (WHERE wanted.quantity > coalesce(there.units, 0)), '$[0 to 99]'
        )
    INTO v_units, v_offenders
    FROM wanted
    LEFT JOIN there ON wanted.line_no = there.line_no;
    IF v_units IS NOT NULL AND v_offenders IS NULL THEN
        RETURN v_units;
    END IF;
    RAISE EXCEPTION 'order % has fewer units that could %', p_order_id, CASE p_state
            WHEN 'open' THEN 'still leave' ELSE 'come back'
        END
    USING ERRCODE = 'ST008',
        DETAIL = jsonb_build_object('order_id', p_order_id, 'items', coalesce(v_offenders, '[]')),
        HINT = CASE p_state
            WHEN 'open' THEN 'Open units are those neither shipped nor cancelled.'
            ELSE 'Units can come back that were shipped and have not come back yet.'
        END;
END;
$_units_of$;
REVOKE EXECUTE ON FUNCTION _units_of(INT, ORDER_UNIT[], TEXT) FROM PUBLIC;
COMMENT ON FUNCTION _units_of(INT, ORDER_UNIT[], TEXT) IS
'The units asked for, by line and with their products, or all there are where p_asked is NULL.
p_state: open (neither shipped nor cancelled) or kept (shipped and not returned). The caller holds
the order''s lock. Raises ST008 (more than there are, or none at all; every line listed).
Internal.';

CREATE OR REPLACE FUNCTION _told_units(p_units ORDER_UNIT[]) RETURNS JSONB
LANGUAGE sql IMMUTABLE
RETURN (
    SELECT
        jsonb_agg(
            jsonb_build_object('line_no', unit.line_no, 'quantity', unit.quantity)
            ORDER BY unit.line_no
        )
    FROM unnest(p_units) AS unit
);
REVOKE EXECUTE ON FUNCTION _told_units(ORDER_UNIT[]) FROM PUBLIC;
COMMENT ON FUNCTION _told_units(ORDER_UNIT[]) IS
'Units as the audit trail tells them: [{"line_no": 1, "quantity": 2}, ...]. Internal.';
