-- Lowers what an order is worth: one event, one credit_no, a row a line and side that it takes
-- something from. The caller holds the order's lock.

CREATE OR REPLACE FUNCTION _unit_credits(
    p_order ORDERS, p_units ORDER_UNIT[], p_kind TEXT
) RETURNS CREDIT_PART[]
LANGUAGE plpgsql STABLE SET search_path FROM CURRENT
AS $_unit_credits$
BEGIN
    RETURN (
        SELECT
            array_agg(
                ROW(
                    side.line_no, p_kind, side.quantity,
                    _share_of(side.net, side.quantity, side.units, p_order.decimals),
                    _share_of(side.tax, side.quantity, side.units, p_order.decimals),
                    p_kind = 'return'
                )::CREDIT_PART
            )
        FROM (
            SELECT
                worth.line_no,
                unit.quantity,
                CASE p_kind WHEN 'return' THEN worth.kept_units ELSE worth.open_units END AS units,
                CASE p_kind WHEN 'return' THEN worth.kept_net ELSE worth.open_net END AS net,
                CASE p_kind WHEN 'return' THEN worth.kept_tax ELSE worth.open_tax END AS tax
            FROM unnest(p_units) AS unit
            INNER JOIN _order_worth(p_order.order_id) AS worth ON unit.line_no = worth.line_no
        ) AS side
    );
END;
$_unit_credits$;
REVOKE EXECUTE ON FUNCTION _unit_credits(ORDERS, ORDER_UNIT[], TEXT) FROM PUBLIC;
COMMENT ON FUNCTION _unit_credits(ORDERS, ORDER_UNIT[], TEXT) IS
'What cancelling (p_kind cancellation) or returning (return) the units takes from the order. Asked
before their quantities are counted. Internal.';

CREATE OR REPLACE FUNCTION _delivery_credit(p_order ORDERS) RETURNS CREDIT_PART[]
LANGUAGE plpgsql STABLE SET search_path FROM CURRENT
AS $_delivery_credit$
BEGIN
    RETURN (
        SELECT
            ARRAY[
                ROW(NULL, 'delivery', NULL, worth.kept_net, worth.kept_tax, TRUE)::CREDIT_PART
            ]
        FROM _order_worth(p_order.order_id) AS worth
        CROSS JOIN store_settings
        WHERE
            worth.line_no IS NULL
            AND store_settings.delivery_back_on_full_return
            AND EXISTS (SELECT FROM shipments WHERE order_id = p_order.order_id)
            AND NOT EXISTS (
                SELECT FROM order_items
                WHERE
                    order_id = p_order.order_id
                    AND cancelled_quantity + returned_quantity < quantity
            )
    );
END;
$_delivery_credit$;
REVOKE EXECUTE ON FUNCTION _delivery_credit(ORDERS) FROM PUBLIC;
COMMENT ON FUNCTION _delivery_credit(ORDERS) IS
'What the delivery is still worth, where something had left, no unit is kept and none open, and the
store gives it back then; else NULL. Asked after the units are counted. Internal.';

CREATE OR REPLACE FUNCTION _write_credits(
    p_order ORDERS, p_parts CREDIT_PART[], p_reason TEXT, OUT credit_no INT, OUT amount NUMERIC
)
LANGUAGE plpgsql SET search_path FROM CURRENT
AS $_write_credits$
#variable_conflict use_column
BEGIN
    WITH written AS (
        INSERT INTO credits (
            order_id, credit_no, line_no, kind, quantity, net, tax, is_supplied, reason
        )
        SELECT
            p_order.order_id,
            1 + coalesce((SELECT max(credit_no) FROM credits WHERE order_id = p_order.order_id), 0),
            part.line_no,
            part.kind,
            part.quantity,
            part.net,
            part.tax,
            part.is_supplied,
            p_reason
        FROM unnest(p_parts) AS part
        WHERE part.net + part.tax > 0
        ORDER BY part.line_no, part.is_supplied
        RETURNING credit_no, amount
    )

    SELECT
        max(written.credit_no),
        coalesce(sum(written.amount), 0)
    INTO _write_credits.credit_no, _write_credits.amount
    FROM written;
END;
$_write_credits$;
REVOKE EXECUTE ON FUNCTION _write_credits(ORDERS, CREDIT_PART[], TEXT) FROM PUBLIC;
COMMENT ON FUNCTION _write_credits(ORDERS, CREDIT_PART[], TEXT) IS
'Writes the parts that are worth something as one event; returns its credit_no and sum, NULL and 0
where none is. orders.credited_amount is _settle_order()''s to change. Internal.';
