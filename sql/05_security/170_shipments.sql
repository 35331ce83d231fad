-- Who sees which parcels. A customer: those of the own orders. Staff and analysts: all.

ALTER TABLE shipments ENABLE ROW LEVEL SECURITY;

CREATE POLICY shipments_select_own ON shipments FOR SELECT TO shop_customer
USING (order_id = ANY(ARRAY(SELECT orders.order_id FROM orders)));

CREATE POLICY shipments_select_every ON shipments FOR SELECT TO shop_staff, shop_analyst
USING (TRUE);
