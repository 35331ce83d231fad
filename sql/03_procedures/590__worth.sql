-- What an order is still worth, cent by cent: a line, and the delivery, has a part not yet supplied
-- and a part supplied and kept. Both follow from rows that never change: what was placed, what
-- parcels took along, what credits took away.

CREATE OR REPLACE FUNCTION _order_worth(p_order_id INT) RETURNS SETOF LINE_WORTH
LANGUAGE sql STABLE
BEGIN ATOMIC
    WITH placed AS (
        SELECT
            order_items.line_no,
            order_items.product_id,
            order_items.quantity - order_items.shipped_quantity - order_items.cancelled_quantity
                AS open_units,
            order_items.shipped_quantity - order_items.returned_quantity AS kept_units,
            order_items.line_total
            - CASE WHEN orders.prices_include_tax THEN order_items.tax ELSE 0 END AS net,
            order_items.tax
        FROM orders
        INNER JOIN order_items ON orders.order_id = order_items.order_id
        WHERE orders.order_id = p_order_id
        UNION ALL
        SELECT
            NULL AS line_no,
            NULL AS product_id,
            NULL AS open_units,
            NULL AS kept_units,
            orders.shipping_fee
            - CASE WHEN orders.prices_include_tax THEN orders.shipping_tax ELSE 0 END AS net,
            orders.shipping_tax AS tax
        FROM orders
        WHERE orders.order_id = p_order_id
    ),

    supplied AS (
        SELECT
            shipment_items.line_no,
            sum(shipment_items.net) AS net,
            sum(shipment_items.tax) AS tax
        FROM shipment_items
        WHERE shipment_items.order_id = p_order_id
        GROUP BY shipment_items.line_no
        UNION ALL
        SELECT
            NULL AS line_no,
            sum(shipments.delivery_net) AS net,
            sum(shipments.delivery_tax) AS tax
        FROM shipments
        WHERE shipments.order_id = p_order_id
    ),

    credited AS (
        SELECT
            credits.line_no,
            sum(credits.net) FILTER (WHERE NOT credits.is_supplied) AS open_net,
            sum(credits.tax) FILTER (WHERE NOT credits.is_supplied) AS open_tax,
            sum(credits.net) FILTER (WHERE credits.is_supplied) AS kept_net,
            sum(credits.tax) FILTER (WHERE credits.is_supplied) AS kept_tax
        FROM credits
        WHERE credits.order_id = p_order_id
        GROUP BY credits.line_no
    )

    SELECT
        placed.line_no,
        placed.product_id,
        placed.open_units,
        placed.kept_units,
        placed.net - coalesce(supplied.net, 0) - coalesce(credited.open_net, 0) AS open_net,
        placed.tax - coalesce(supplied.tax, 0) - coalesce(credited.open_tax, 0) AS open_tax,
        coalesce(supplied.net, 0) - coalesce(credited.kept_net, 0) AS kept_net,
        coalesce(supplied.tax, 0) - coalesce(credited.kept_tax, 0) AS kept_tax
    FROM placed
    LEFT JOIN supplied ON coalesce(placed.line_no, 0) = coalesce(supplied.line_no, 0)
    LEFT JOIN credited ON coalesce(placed.line_no, 0) = coalesce(credited.line_no, 0);
END;
REVOKE EXECUTE ON FUNCTION _order_worth(INT) FROM PUBLIC;
COMMENT ON FUNCTION _order_worth(INT) IS
'What each line of the order, and its delivery (line_no NULL), is worth: open = not yet supplied,
kept = supplied and kept. Of a cancelled order the rows say what it was worth when it was cancelled.
Raises nothing. Internal.';

CREATE OR REPLACE FUNCTION _share_of(
    p_amount NUMERIC, p_units INT, p_of_units INT, p_decimals INT
) RETURNS NUMERIC
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE
    WHEN p_units = p_of_units THEN p_amount
    ELSE _round_quotient(p_amount * p_units, p_of_units, p_decimals)
END;
REVOKE EXECUTE ON FUNCTION _share_of(NUMERIC, INT, INT, INT) FROM PUBLIC;
COMMENT ON FUNCTION _share_of(NUMERIC, INT, INT, INT) IS
'The share of p_units of p_of_units in p_amount: all that is left where they are all there are.
Internal.';
