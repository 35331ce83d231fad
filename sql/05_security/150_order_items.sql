-- Who sees which order lines. A customer: those of the own orders, which are all the sub-select
-- finds under the policy on orders. As an array it is read once a query and serves the index; as
-- EXISTS it would be a filter over every line of the store.

ALTER TABLE order_items ENABLE ROW LEVEL SECURITY;

CREATE POLICY order_items_select_own ON order_items FOR SELECT TO shop_customer
USING (order_id = ANY(ARRAY(SELECT orders.order_id FROM orders)));

CREATE POLICY order_items_select_every ON order_items FOR SELECT TO shop_staff, shop_analyst
USING (TRUE);
