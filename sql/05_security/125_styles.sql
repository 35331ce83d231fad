-- Who sees which styles. Shoppers: those with a product on offer. Staff and analysts: all. Staff
-- write them.

ALTER TABLE styles ENABLE ROW LEVEL SECURITY;
CREATE POLICY styles_select_offered ON styles FOR SELECT TO shop_customer
USING (EXISTS (SELECT FROM products WHERE products.style_id = styles.style_id));  -- by their policy
CREATE POLICY styles_select_every ON styles FOR SELECT TO shop_analyst USING (TRUE);
CREATE POLICY styles_all_every ON styles FOR ALL TO shop_staff USING (TRUE);
