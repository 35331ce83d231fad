-- Who sees and changes which addresses. A customer: their own. Staff: all of them. An address
-- never moves to another customer: nobody is granted its customer_id.

ALTER TABLE addresses ENABLE ROW LEVEL SECURITY;
CREATE POLICY addresses_all_own ON addresses FOR ALL TO shop_customer
USING (customer_id = (SELECT current_customer_id()));
CREATE POLICY addresses_all_every ON addresses FOR ALL TO shop_staff USING (TRUE);
