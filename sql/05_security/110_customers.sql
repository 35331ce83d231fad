-- Who sees and changes which customers. A customer: their own row. Staff: every row. Analysts read
-- every row, of which their grants leave nothing personal. Nobody but the owner's functions adds
-- or empties one.

ALTER TABLE customers ENABLE ROW LEVEL SECURITY;
CREATE POLICY customers_select_own ON customers FOR SELECT TO shop_customer
USING (customer_id = (SELECT current_customer_id()));  -- sub-select: once a query, not once a row
CREATE POLICY customers_update_own ON customers FOR UPDATE TO shop_customer
USING (customer_id = (SELECT current_customer_id()));
CREATE POLICY customers_select_every ON customers FOR SELECT TO shop_staff, shop_analyst
USING (TRUE);
CREATE POLICY customers_update_every ON customers FOR UPDATE TO shop_staff USING (TRUE);
