-- Reads the items of a request, or says everything that is wrong with them at once. Three
-- jsonpath tests decide; what is wrong where is worked out only once something is.

CREATE OR REPLACE FUNCTION parse_items(
    p_items JSONB, p_key TEXT, OUT item_keys INT[], OUT quantities INT[]
)
LANGUAGE plpgsql STABLE SET search_path FROM CURRENT
AS $parse_items$
DECLARE
    v_most_units NUMERIC;
    v_most_mentions BIGINT;
BEGIN
    -- A recordset straight into INT would take "2" for a number: numbers are told by type first.
    IF NOT coalesce(
        jsonb_typeof(p_items) = 'array' AND jsonb_array_length(p_items) BETWEEN 1 AND 500, FALSE
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
        PERFORM refuse_items(p_items, p_key);
    END IF;

    SELECT
        array_agg(item.item_key::INT ORDER BY item.place),
        array_agg(least(item.units, 2147483647)::INT ORDER BY item.place),
        max(item.units),
        max(item.mentions)
    INTO item_keys, quantities, v_most_units, v_most_mentions
    FROM (
        SELECT
            coalesce(entry.product_id, entry.line_no) AS item_key,
            sum(entry.quantity) AS units,
            count(*) AS mentions,
            min(entry.place) AS place
        FROM
            ROWS FROM (
                jsonb_to_recordset(p_items)
                AS (product_id NUMERIC, line_no NUMERIC, quantity NUMERIC)
            ) WITH ORDINALITY AS entry (product_id, line_no, quantity, place)
        GROUP BY coalesce(entry.product_id, entry.line_no)
    ) AS item;
    -- A product named twice is added up; a line can be named once only.
    IF p_key = 'product_id' AND v_most_units > 10000
        OR p_key <> 'product_id' AND v_most_mentions > 1 THEN
        PERFORM refuse_items(p_items, p_key);
    END IF;
END;
$parse_items$;
REVOKE EXECUTE ON FUNCTION parse_items(JSONB, TEXT) FROM PUBLIC;
COMMENT ON FUNCTION parse_items(JSONB, TEXT) IS
'The entries of p_items, [{"<p_key>": 1, "quantity": 2}, ...] with p_key product_id or line_no, as
two arrays in order of first mention; quantities of one product are added up. Raises ST003 (see
refuse_items). Internal.';
