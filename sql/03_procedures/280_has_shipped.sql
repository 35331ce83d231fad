-- Whether any unit of an order ever left: then it can no longer be cancelled as a whole, and money
-- may go back beyond what is due.

CREATE OR REPLACE FUNCTION has_shipped(p_order_id INT) RETURNS BOOLEAN
LANGUAGE sql STABLE
RETURN EXISTS (
    SELECT FROM order_items
    WHERE order_items.order_id = p_order_id AND order_items.shipped_quantity > 0
);
REVOKE EXECUTE ON FUNCTION has_shipped(INT) FROM PUBLIC;
COMMENT ON FUNCTION has_shipped(INT) IS
'Whether any unit of the order was shipped. Raises nothing. Internal.';
