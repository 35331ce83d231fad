-- Who sees which orders, and the lines, money, parcels, returns, credits and documents that hang on
-- them. A customer: their own. Staff and analysts: all. Nobody but the owner's functions writes.

ALTER TABLE orders ENABLE ROW LEVEL SECURITY;
CREATE POLICY orders_select_own ON orders FOR SELECT TO shop_customer
USING (customer_id = (SELECT current_customer_id()));
CREATE POLICY orders_select_every ON orders FOR SELECT TO shop_staff, shop_analyst
USING (TRUE);

-- Only those who see every order may read this.
ALTER TABLE unsettled_orders ENABLE ROW LEVEL SECURITY;
CREATE POLICY unsettled_orders_select_every ON unsettled_orders
FOR SELECT TO shop_staff, shop_analyst USING (TRUE);

-- Their own orders are all the sub-select finds under the policy above. As an array it is read
-- once a query and serves the index; as EXISTS it would be a filter over every line of the store.
ALTER TABLE order_items ENABLE ROW LEVEL SECURITY;
CREATE POLICY order_items_select_own ON order_items FOR SELECT TO shop_customer
USING (order_id = ANY(ARRAY(SELECT orders.order_id FROM orders)));
CREATE POLICY order_items_select_every ON order_items FOR SELECT TO shop_staff, shop_analyst
USING (TRUE);

ALTER TABLE payments ENABLE ROW LEVEL SECURITY;
CREATE POLICY payments_select_own ON payments FOR SELECT TO shop_customer
USING (order_id = ANY(ARRAY(SELECT orders.order_id FROM orders)));
CREATE POLICY payments_select_every ON payments FOR SELECT TO shop_staff, shop_analyst
USING (TRUE);

ALTER TABLE shipments ENABLE ROW LEVEL SECURITY;
CREATE POLICY shipments_select_own ON shipments FOR SELECT TO shop_customer
USING (order_id = ANY(ARRAY(SELECT orders.order_id FROM orders)));
CREATE POLICY shipments_select_every ON shipments FOR SELECT TO shop_staff, shop_analyst
USING (TRUE);

ALTER TABLE shipment_items ENABLE ROW LEVEL SECURITY;
CREATE POLICY shipment_items_select_own ON shipment_items FOR SELECT TO shop_customer
USING (order_id = ANY(ARRAY(SELECT orders.order_id FROM orders)));
CREATE POLICY shipment_items_select_every ON shipment_items FOR SELECT TO shop_staff, shop_analyst
USING (TRUE);

ALTER TABLE returns ENABLE ROW LEVEL SECURITY;
CREATE POLICY returns_select_own ON returns FOR SELECT TO shop_customer
USING (order_id = ANY(ARRAY(SELECT orders.order_id FROM orders)));
CREATE POLICY returns_select_every ON returns FOR SELECT TO shop_staff, shop_analyst
USING (TRUE);

ALTER TABLE credits ENABLE ROW LEVEL SECURITY;
CREATE POLICY credits_select_own ON credits FOR SELECT TO shop_customer
USING (order_id = ANY(ARRAY(SELECT orders.order_id FROM orders)));
CREATE POLICY credits_select_every ON credits FOR SELECT TO shop_staff, shop_analyst
USING (TRUE);

ALTER TABLE documents ENABLE ROW LEVEL SECURITY;
CREATE POLICY documents_select_own ON documents FOR SELECT TO shop_customer
USING (order_id = ANY(ARRAY(SELECT orders.order_id FROM orders)));
CREATE POLICY documents_select_every ON documents FOR SELECT TO shop_staff, shop_analyst
USING (TRUE);
