-- Which orders still ask for something: goods to be paid for, sent or delivered, or money owed
-- either way. As an index of orders it would name their status and balance, and no update of an
-- order could stay on its page; so the few there are stand here, written by a trigger of orders and
-- by nobody else. Without a foreign key: no order is ever deleted, and placing need not ask.

CREATE TABLE unsettled_orders (
    order_id INT NOT NULL,
    customer_id INT NOT NULL,
    expires_at INSTANT,
    is_refund_due BOOLEAN NOT NULL,
    -- A customer's open orders, however many they ever had; who looks for an order knows whose.
    PRIMARY KEY (customer_id, order_id)
) WITH (fillfactor = 90);  -- room for a hold that changes

COMMENT ON TABLE unsettled_orders IS
'Orders that are pending, paid or shipped, or whose balance is not 0; kept by a trigger of orders.';
COMMENT ON COLUMN unsettled_orders.expires_at IS 'A pending order''s own; NULL = never.';
COMMENT ON COLUMN unsettled_orders.is_refund_due IS 'Whether its balance is below 0.';
