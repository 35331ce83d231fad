-- Who sees which orders. A customer: the own ones. Staff and analysts: all. Nobody but the owner's
-- functions writes.

ALTER TABLE orders ENABLE ROW LEVEL SECURITY;

CREATE POLICY orders_select_own ON orders FOR SELECT TO shop_customer
USING (customer_id = (SELECT current_customer_id()));

CREATE POLICY orders_select_every ON orders FOR SELECT TO shop_staff, shop_analyst
USING (TRUE);
