-- Units that came back, and whether they can be sold again. Locks the order, then its stock by
-- product_id. Money goes back with refund_order.

CREATE OR REPLACE FUNCTION return_items(
    p_order_id INT, p_items JSONB, p_restock BOOLEAN DEFAULT TRUE, p_reason TEXT DEFAULT NULL
) RETURNS VOID
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT
AS $return_items$
DECLARE
    v_value_before NUMERIC;
    v_units RECORD;
BEGIN
    IF p_restock IS NULL THEN
        PERFORM refuse_argument(
            'p_restock', NULL, 'Say true where the units go back into stock, else false.'
        );
    END IF;
    IF p_reason IS NOT NULL THEN
        PERFORM require_text(p_reason, 'p_reason', 1000);
    END IF;
    PERFORM lock_order(p_order_id);
    v_value_before := value_given_back(p_order_id);
    -- JSON's null, not SQL's: every unit there is must be named.
    v_units := order_units(p_order_id, coalesce(p_items, 'null'), 'shipped');

    INSERT INTO returns (order_id, line_no, quantity, restocked, reason)
    SELECT
        p_order_id,
        unit.line_no,
        unit.quantity,
        p_restock,
        p_reason
    FROM unnest(v_units.line_nos, v_units.quantities) AS unit (line_no, quantity);
    UPDATE order_items SET returned_quantity = order_items.returned_quantity + unit.quantity
    FROM unnest(v_units.line_nos, v_units.quantities) AS unit (line_no, quantity)
    WHERE order_items.order_id = p_order_id AND order_items.line_no = unit.line_no;
    INSERT INTO order_audit (order_id, action, details)
    VALUES (
        p_order_id, 'returned',
        jsonb_build_object(
            'items', v_units.items, 'value', value_given_back(p_order_id) - v_value_before,
            'restocked', p_restock, 'reason', p_reason
        )
    );
    IF p_restock THEN
        PERFORM change_on_hand(v_units.product_ids, v_units.quantities);
    END IF;
END;
$return_items$;
REVOKE EXECUTE ON FUNCTION return_items(INT, JSONB, BOOLEAN, TEXT) FROM PUBLIC;
COMMENT ON FUNCTION return_items(INT, JSONB, BOOLEAN, TEXT) IS
'Records that p_items, [{"line_no": 1, "quantity": 2}, ...], shipped units of the order, came back,
into stock unless p_restock is false; p_reason (NULL = not said) must not name a person. What they
cost the customer is then due back. Raises ST002 (no such order), ST003 (items, p_restock, reason,
or stock that does not fit), ST008 (more than was shipped, less earlier returns).';
