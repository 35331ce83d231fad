-- The items of a request: which products or lines, and how many units of each. Size first, then
-- shape, then sense. Only numbers lie between two numbers of JSON, where a cast would take "2" for
-- one; whether one is whole costs its length to see, so that is asked of those in range only.

CREATE OR REPLACE FUNCTION _parse_items(p_items JSONB, p_key TEXT) RETURNS ORDER_UNIT[]
LANGUAGE plpgsql STABLE SET search_path FROM CURRENT
AS $_parse_items$
DECLARE
    v_is_list BOOLEAN := coalesce(
        pg_column_size(p_items) <= 262144
        AND jsonb_typeof(p_items) = 'array' AND jsonb_array_length(p_items) BETWEEN 1 AND 500, FALSE
    );
    v_most_units INT := CASE p_key WHEN 'product_id' THEN 10000 ELSE 2147483647 END;
    v_is_fine BOOLEAN := v_is_list;
    v_item JSONB;
    v_id INT;
    v_quantity INT;
    v_ids INT[];
    v_place INT;
    v_units ORDER_UNIT[];
    v_details JSONB;
BEGIN
    -- A loop, for most orders have few items: to start a query that groups them costs more than to
    -- read them.
    FOR v_index IN 0..CASE WHEN v_is_list THEN jsonb_array_length(p_items) ELSE 0 END - 1 LOOP
        v_item := p_items -> v_index;
        v_is_fine := CASE
            WHEN
                jsonb_typeof(v_item) = 'object'
                AND v_item -> p_key BETWEEN '1' AND '2147483647'
                AND v_item -> 'quantity' BETWEEN '1' AND to_jsonb(v_most_units)
                THEN
                    (v_item -> p_key)::NUMERIC % 1 = 0
                    AND (v_item -> 'quantity')::NUMERIC % 1 = 0
                    AND v_item - p_key - 'quantity' = '{}'
        END;
        EXIT WHEN v_is_fine IS NOT TRUE;
        v_id := (v_item -> p_key)::INT;
        v_quantity := (v_item -> 'quantity')::INT;
        v_place := array_position(v_ids, v_id);
        IF v_place IS NULL THEN
            v_ids := v_ids || v_id;
            v_units := v_units || CASE p_key
                WHEN 'product_id' THEN ROW(cardinality(v_ids), v_id, v_quantity)::ORDER_UNIT
                ELSE ROW(v_id, NULL, v_quantity)::ORDER_UNIT
            END;
        ELSE
            -- A product named twice is added up; a line can be named once only.
            v_is_fine := p_key = 'product_id'
                AND v_units[v_place].quantity + v_quantity <= v_most_units;
            EXIT WHEN NOT v_is_fine;
            v_units[v_place].quantity := v_units[v_place].quantity + v_quantity;
        END IF;
    END LOOP;
    IF v_is_fine THEN
        RETURN v_units;
    ELSIF v_is_list THEN
        WITH fields AS (
            SELECT
                place - 1 AS index,
                field,
                entry -> field AS value,
                CASE field WHEN p_key THEN 2147483647 WHEN 'quantity' THEN v_most_units END AS most,
                place = max(place) OVER same_item AS is_last_mention,
                count(*) OVER same_item AS mentions,
                sum((entry -> 'quantity')::NUMERIC)
                FILTER (WHERE entry -> 'quantity' BETWEEN '1' AND to_jsonb(v_most_units))
                OVER same_item AS units
            FROM jsonb_array_elements(p_items) WITH ORDINALITY AS element (entry, place)
            LEFT JOIN LATERAL jsonb_object_keys(
                CASE jsonb_typeof(entry)
                    WHEN 'object' THEN jsonb_build_object(p_key, NULL, 'quantity', NULL) || entry
                END
            ) AS field ON TRUE
            WINDOW same_item AS (PARTITION BY field, entry -> field)
        ),

        problems AS (
            SELECT
                index,
                left(field, 50) AS field,
                CASE
                    WHEN field IS NULL THEN 'is not an object'
                    WHEN most IS NULL THEN 'is unknown'
                    WHEN value IS NULL THEN 'is missing'
                    WHEN jsonb_typeof(value) <> 'number' THEN 'is not a number'
                    WHEN value BETWEEN '0' AND to_jsonb(most) AND value::NUMERIC % 1 <> 0
                        THEN 'is not a whole number'
                    WHEN value NOT BETWEEN '1' AND to_jsonb(most)
                        THEN format('is not from 1 to %s', most)
                    WHEN field <> p_key OR NOT is_last_mention OR mentions = 1 THEN NULL
                    WHEN p_key <> 'product_id' THEN 'is repeated'
                    WHEN units > v_most_units
                        THEN format('adds up to more than %s units', v_most_units)
                END AS problem
            FROM fields
        )

        SELECT jsonb_build_object('items', jsonb_agg(to_jsonb(first_ones) ORDER BY index, field))
        INTO v_details
        FROM (
            SELECT * FROM problems WHERE problem IS NOT NULL ORDER BY index, field LIMIT 100
        ) AS first_ones;
    ELSE
        v_details := jsonb_build_object(
            'items', coalesce(jsonb_typeof(p_items), 'null'),
            'length', CASE jsonb_typeof(p_items) WHEN 'array' THEN jsonb_array_length(p_items) END,
            'bytes', pg_column_size(p_items)
        );
    END IF;
    RAISE EXCEPTION 'the items are malformed'
    USING ERRCODE = 'ST003', DETAIL = v_details, HINT = format(
        'Send an array of 1 to 500 objects {"%s": …, "quantity": …}, whole numbers.', p_key
    );
END;
$_parse_items$;
REVOKE EXECUTE ON FUNCTION _parse_items(JSONB, TEXT) FROM PUBLIC;
COMMENT ON FUNCTION _parse_items(JSONB, TEXT) IS
'[{"<p_key>": 1, "quantity": 2}, ...] in order of first mention; a product''s lines are numbered so.
Raises ST003 (the first 100 faults, by index from 0, field and problem). Internal.';

CREATE OR REPLACE FUNCTION _request_hash(p_units ORDER_UNIT[], p_others JSONB) RETURNS BYTEA
LANGUAGE sql IMMUTABLE
RETURN (
    SELECT
        sha256(convert_to(jsonb_build_array(
            jsonb_agg(
                jsonb_build_array(coalesce(unit.product_id, unit.line_no), unit.quantity)
                ORDER BY coalesce(unit.product_id, unit.line_no)
            ),
            p_others
        )::TEXT, 'UTF8'))
    FROM unnest(p_units) AS unit
);
REVOKE EXECUTE ON FUNCTION _request_hash(ORDER_UNIT[], JSONB) FROM PUBLIC;
COMMENT ON FUNCTION _request_hash(ORDER_UNIT[], JSONB) IS
'SHA-256 of a request: the units, in whatever order, and its other arguments. Internal.';
