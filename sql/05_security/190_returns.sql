-- Who sees which returns. A customer: those of the own orders. Staff and analysts: all.

ALTER TABLE returns ENABLE ROW LEVEL SECURITY;

CREATE POLICY returns_select_own ON returns FOR SELECT TO shop_customer
USING (order_id = ANY(ARRAY(SELECT orders.order_id FROM orders)));

CREATE POLICY returns_select_every ON returns FOR SELECT TO shop_staff, shop_analyst
USING (TRUE);
