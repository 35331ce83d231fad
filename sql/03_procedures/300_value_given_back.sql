-- What an order's cancelled and returned units were worth: the part of its total the customer no
-- longer owes.

CREATE OR REPLACE FUNCTION value_given_back(p_order_id INT) RETURNS NUMERIC
LANGUAGE sql STABLE
RETURN (
    SELECT
        coalesce(sum(
            value_of_units(
                order_items.cancelled_quantity + order_items.returned_quantity,
                order_items.quantity, order_items.line_total, order_items.tax,
                orders.prices_include_tax
            )
        ), 0)
    FROM order_items
    INNER JOIN orders ON order_items.order_id = orders.order_id
    WHERE order_items.order_id = p_order_id
);
REVOKE EXECUTE ON FUNCTION value_given_back(INT) FROM PUBLIC;
COMMENT ON FUNCTION value_given_back(INT) IS
'Sum over the order''s lines of the value of cancelled and returned units, in the store''s currency
(see value_of_units). Raises nothing. Internal.';
