-- Reads the items of a request: which products or lines, and how many units of each. Size first,
-- then shape, then sense.

CREATE OR REPLACE FUNCTION _parse_items(p_items JSONB, p_key TEXT) RETURNS ORDER_UNIT[]
LANGUAGE plpgsql STABLE SET search_path FROM CURRENT
AS $_parse_items$
DECLARE
    v_units ORDER_UNIT[];
    v_most_units NUMERIC;
    v_most_mentions BIGINT;
BEGIN
    -- A recordset straight into INT would take "2" for a number: numbers are told by type first,
    -- then by size, and only then asked whether they are whole, which costs their length.
    IF NOT coalesce(
        pg_column_size(p_items) <= 262144
        AND jsonb_typeof(p_items) = 'array' AND jsonb_array_length(p_items) BETWEEN 1 AND 500, FALSE
    ) OR jsonb_path_exists(p_items, 'strict $[*] ? (@.type() == "array")')  -- lax looks into it
    OR jsonb_path_exists(p_items, CASE p_key
        WHEN 'product_id' THEN
            '$[*] ? (@.type() != "object" || !exists(@.product_id) || !exists(@.quantity)
            || @.product_id.type() != "number" || @.quantity.type() != "number"
            || @.product_id < 1 || @.product_id > 2147483647
            || @.quantity < 1 || @.quantity > 10000
            || @.product_id.floor() != @.product_id || @.quantity.floor() != @.quantity)'::JSONPATH
        ELSE
            '$[*] ? (@.type() != "object" || !exists(@.line_no) || !exists(@.quantity)
            || @.line_no.type() != "number" || @.quantity.type() != "number"
            || @.line_no < 1 || @.line_no > 2147483647
            || @.quantity < 1 || @.quantity > 2147483647
            || @.line_no.floor() != @.line_no || @.quantity.floor() != @.quantity)'::JSONPATH
    END) OR jsonb_path_exists(
        p_items, '$[*].keyvalue() ? (@.key != $item_key && @.key != "quantity")',
        jsonb_build_object('item_key', p_key)
    ) THEN
        PERFORM _refuse_items(p_items, p_key);
    END IF;

    SELECT
        array_agg(
            ROW(
                coalesce(item.line_no, item.place), item.product_id,
                least(item.units, 2147483647)
            )::ORDER_UNIT ORDER BY item.place
        ),
        max(item.units),
        max(item.mentions)
    INTO v_units, v_most_units, v_most_mentions
    FROM (
        SELECT
            entry.product_id,
            entry.line_no,
            sum(entry.quantity) AS units,
            count(*) AS mentions,
            row_number() OVER (ORDER BY min(entry.place)) AS place
        FROM
            ROWS FROM (
                jsonb_to_recordset(p_items)
                AS (product_id NUMERIC, line_no NUMERIC, quantity NUMERIC)
            ) WITH ORDINALITY AS entry (product_id, line_no, quantity, place)
        GROUP BY entry.product_id, entry.line_no
    ) AS item;
    -- A product named twice is added up; a line can be named once only.
    IF p_key = 'product_id' AND v_most_units > 10000
        OR p_key <> 'product_id' AND v_most_mentions > 1 THEN
        PERFORM _refuse_items(p_items, p_key);
    END IF;
    RETURN v_units;
END;
$_parse_items$;
REVOKE EXECUTE ON FUNCTION _parse_items(JSONB, TEXT) FROM PUBLIC;
COMMENT ON FUNCTION _parse_items(JSONB, TEXT) IS
'The entries of p_items, [{"<p_key>": 1, "quantity": 2}, ...] with p_key product_id or line_no, in
order of first mention; quantities of one product are added up, and line_no numbers them. Raises
ST003 (see _refuse_items). Internal.';

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
