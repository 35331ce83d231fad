-- Which parcel is meant, and what of it can come back.

CREATE OR REPLACE FUNCTION _require_parcel(p_order_id INT, p_shipment_id INT) RETURNS VOID
LANGUAGE plpgsql STABLE SET search_path FROM CURRENT
AS $_require_parcel$
BEGIN
    IF EXISTS (
        SELECT FROM shipments WHERE shipment_id = p_shipment_id AND order_id = p_order_id
    ) THEN
        RETURN;
    END IF;
    RAISE EXCEPTION 'parcel % does not belong to order %', p_shipment_id, p_order_id
    USING ERRCODE = 'ST002',
        DETAIL = jsonb_build_object('order_id', p_order_id, 'shipment_id', p_shipment_id),
        HINT = 'SELECT * FROM shipments WHERE order_id = … lists them.';
END;
$_require_parcel$;
REVOKE EXECUTE ON FUNCTION _require_parcel(INT, INT) FROM PUBLIC;
COMMENT ON FUNCTION _require_parcel(INT, INT) IS
'Returns when the parcel is one of the order''s. Raises ST002 otherwise. Internal.';

CREATE OR REPLACE FUNCTION _returned_parcel(
    p_order_id INT, p_shipment_id INT, p_units ORDER_UNIT[]
) RETURNS INT
LANGUAGE plpgsql STABLE SET search_path FROM CURRENT
AS $_returned_parcel$
DECLARE
    v_offenders JSONB;
BEGIN
    IF p_shipment_id IS NULL THEN
        -- Where there is only one, it need not be said.
        RETURN (
            SELECT max(shipment_id) FROM shipments
            WHERE order_id = p_order_id HAVING count(*) = 1
        );
    END IF;
    PERFORM _require_parcel(p_order_id, p_shipment_id);
    SELECT
        jsonb_agg(
            jsonb_build_object(
                'line_no', unit.line_no, 'requested', unit.quantity, 'in_parcel', there.units
            ) ORDER BY unit.line_no
        )
    INTO v_offenders
    FROM unnest(p_units) AS unit
    CROSS JOIN LATERAL (
        SELECT
            coalesce((
                SELECT quantity FROM shipment_items
                WHERE
                    shipment_id = p_shipment_id
                    AND order_id = p_order_id
                    AND line_no = unit.line_no
            ), 0) - coalesce((
                SELECT sum(quantity) FROM returns
                WHERE
                    shipment_id = p_shipment_id
                    AND order_id = p_order_id
                    AND line_no = unit.line_no
            ), 0) AS units
    ) AS there
    WHERE unit.quantity > there.units;
    IF v_offenders IS NOT NULL THEN
        RAISE EXCEPTION 'parcel % holds less than that of % lines', p_shipment_id,
            jsonb_array_length(v_offenders)
        USING ERRCODE = 'ST008',
            DETAIL = jsonb_build_object(
                'order_id', p_order_id, 'shipment_id', p_shipment_id,
                'items', jsonb_path_query_array(v_offenders, '$[0 to 99]')
            ),
            HINT = 'Name the parcel they were in, or none where it is not known.';
    END IF;
    RETURN p_shipment_id;
END;
$_returned_parcel$;
REVOKE EXECUTE ON FUNCTION _returned_parcel(INT, INT, ORDER_UNIT[]) FROM PUBLIC;
COMMENT ON FUNCTION _returned_parcel(INT, INT, ORDER_UNIT[]) IS
'The parcel the units came back of: the one that was said, the only one there is, else NULL. Raises
ST002 (no parcel of the order), ST008 (more than it still holds). Internal.';
