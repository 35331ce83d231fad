-- Who sees which sales. Shoppers: what applies now to what is on offer, never what is to come.
-- Staff: all, and write them. Analysts ask price_at().

ALTER TABLE sale_prices ENABLE ROW LEVEL SECURITY;
CREATE POLICY sale_prices_select_running ON sale_prices FOR SELECT TO shop_customer
USING (
    valid_from <= now() AND valid_until > now()
    AND EXISTS (SELECT FROM products WHERE products.product_id = sale_prices.product_id)
);
CREATE POLICY sale_prices_all_every ON sale_prices FOR ALL TO shop_staff USING (TRUE);
