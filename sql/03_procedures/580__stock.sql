-- What is told where stock is short: every product at once, and no more of each than the caller may
-- know.

CREATE OR REPLACE FUNCTION _visible_stock(p_available INT, p_asked INT) RETURNS INT
LANGUAGE plpgsql STABLE SET search_path FROM CURRENT
AS $_visible_stock$
BEGIN
    RETURN least(p_available, p_asked, CASE
        WHEN NOT _acts_for_any_customer() THEN (SELECT shown_stock FROM store_settings)
    END);
END;
$_visible_stock$;
REVOKE EXECUTE ON FUNCTION _visible_stock(INT, INT) FROM PUBLIC;
COMMENT ON FUNCTION _visible_stock(INT, INT) IS
'p_available, at most p_asked and, but for staff, store_settings.shown_stock. Internal.';

CREATE OR REPLACE FUNCTION _refuse_short_stock(p_short JSONB) RETURNS VOID
LANGUAGE plpgsql SET search_path FROM CURRENT
AS $_refuse_short_stock$
BEGIN
    RAISE EXCEPTION 'insufficient stock of % products', jsonb_array_length(p_short)
    USING ERRCODE = 'ST001',
        DETAIL = jsonb_build_object('items', jsonb_path_query_array(p_short, '$[0 to 99]')),
        HINT = 'Take at most what is available; what is reserved belongs to open orders.';
END;
$_refuse_short_stock$;
REVOKE EXECUTE ON FUNCTION _refuse_short_stock(JSONB) FROM PUBLIC;
COMMENT ON FUNCTION _refuse_short_stock(JSONB) IS 'Always raises ST001. Internal.';

CREATE OR REPLACE FUNCTION _refuse_short_lines(p_lines PRICED_LINE[]) RETURNS VOID
LANGUAGE plpgsql SET search_path FROM CURRENT
AS $_refuse_short_lines$
DECLARE
    v_short JSONB;
BEGIN
    SELECT
        jsonb_agg(
            jsonb_build_object(
                'product_id', line.product_id, 'requested', line.quantity,
                'available', _visible_stock(inventory.available, line.quantity)
            ) ORDER BY line.line_no
        )
    INTO v_short
    FROM unnest(p_lines) AS line
    INNER JOIN inventory ON line.product_id = inventory.product_id
    WHERE
        inventory.available < line.quantity
        AND inventory.product_id = ANY (ARRAY(SELECT product_id FROM unnest(p_lines)));
    IF v_short IS NOT NULL THEN
        PERFORM _refuse_short_stock(v_short);
    END IF;
END;
$_refuse_short_lines$;
REVOKE EXECUTE ON FUNCTION _refuse_short_lines(PRICED_LINE[]) FROM PUBLIC;
COMMENT ON FUNCTION _refuse_short_lines(PRICED_LINE[]) IS
'Raises ST001 where less than is asked for is available now, with every such line. Internal.';
