-- Who sees which products. Shoppers: those on offer, of which their grants leave no cost. Staff and
-- analysts: all. Staff write them.

ALTER TABLE products ENABLE ROW LEVEL SECURITY;
CREATE POLICY products_select_offered ON products FOR SELECT TO shop_customer
USING (is_active);
CREATE POLICY products_select_every ON products FOR SELECT TO shop_analyst USING (TRUE);
CREATE POLICY products_all_every ON products FOR ALL TO shop_staff USING (TRUE);
