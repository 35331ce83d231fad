-- Who sees which payments. A customer: those of the own orders. Staff and analysts: all.

ALTER TABLE payments ENABLE ROW LEVEL SECURITY;

CREATE POLICY payments_select_own ON payments FOR SELECT TO shop_customer
USING (order_id = ANY(ARRAY(SELECT orders.order_id FROM orders)));

CREATE POLICY payments_select_every ON payments FOR SELECT TO shop_staff, shop_analyst
USING (TRUE);
