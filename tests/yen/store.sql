-- A store in Osaka: what it sells, to whom, and five orders' whole lives, by the store's own calls.
-- There are no sen: every amount is a whole number of yen, and the paper is in the comments. Prices
-- exclude the tax, of 10 % and, on tea, 8 %. Postage is 500, free from 10,000.

UPDATE store_settings SET
    store_name = 'Osaka Crafts',
    currency = 'JPY',
    country_code = 'JP',
    time_zone = 'Asia/Tokyo',
    shipping_fee = 500,
    free_shipping_from = 10000;
INSERT INTO tax_rates (tax_class, country_code, valid_from, rate) VALUES
('standard', 'JP', '2019-10-01', 0.10),
('reduced', 'JP', '2019-10-01', 0.08);
INSERT INTO customers (email, first_name, created_at) VALUES
('kiku@example.jp', 'Kiku', '2025-02-01 09:00+09'),
('taro@example.jp', 'Taro', '2025-02-01 09:00+09'),
('hana@example.jp', 'Hana', '2025-02-01 09:00+09');
INSERT INTO addresses (
    customer_id, recipient, line1, city, region, region_code, postal_code, country_code
) VALUES (1, 'Kiku', '1-1 Chiyoda', 'Tokyo', 'Tokyo', '13', '100-8111', 'JP');
UPDATE customers SET default_address_id = 1 WHERE customer_id = 1;
INSERT INTO categories (name, parent_id) VALUES ('Crafts', NULL), ('Kitchen', NULL), ('Tea', 2);
INSERT INTO products (sku, name, category_id, tax_class, price, cost) VALUES
('SENSU', 'Fan', 1, 'standard', 333, 120),
('MATCHA', 'Matcha', 3, 'reduced', 755, 300),
('NOREN', 'Door Curtain', 1, 'standard', 9800, 4100);
INSERT INTO coupons (coupon_code, kind, value) VALUES ('JP15', 'percent', 15);
SELECT receive_stock(1, 100, 'note 1', 120);
SELECT receive_stock(2, 50, 'note 1', 300);
SELECT receive_stock(3, 2, 'note 1', 4100);

-- Order 1, Kiku's, to Tokyo. Two fans 666 and three matcha 2265 are 2931, less 15 %: 439.65, so
-- 440. Of that the fans have 440 x 666 / 2931 = 99.98, so 100, and the matcha the other 340. Tax:
-- 56.6 on 566, so 57; 154 on 1925; 50 on the postage.
SELECT place_order(
    1, '[{"product_id": 1, "quantity": 2}, {"product_id": 2, "quantity": 3}]', 'kiku 1', 'JP15',
    p_expected_total => 3252
);
SELECT record_payment(1, 'komoju', 'jp1', 3252, 'JPY');
-- A fan and the matcha leave: half of 566 and of 57, rounded away from zero; 283 and 29. The fan
-- that stays has 283 and 28 left, and is cancelled: 311 to give back.
SELECT ship_order(
    1, 'Yamato', 'Y1', '[{"line_no": 1, "quantity": 1}, {"line_no": 2, "quantity": 3}]'
);
SELECT cancel_order(1, 'one is enough', '[{"line_no": 1, "quantity": 1}]');
SELECT refund_order(1, 'komoju', 'jp1-r1', 311);
SELECT deliver_order(1);
-- A third of 1925 and of 154 comes back: 641.67 and 51.33, so 642 and 51.
SELECT return_items(1, '[{"line_no": 2, "quantity": 1}]');
-- 693 for that, and 100 for the trouble, spread over what is kept: the fan 283 + 29, the matcha
-- 1283 + 103, the delivery 500 + 50, together 2248. Running sums 13.88, 75.53, 100: parts of 14, 62
-- and 24, of which tax 14 x 29 / 312 = 1.30, 62 x 103 / 1386 = 4.61, 24 x 50 / 550 = 2.18.
SELECT refund_order(1, 'komoju', 'jp1-r2', 793, 'a torn bag', p_allowance => TRUE);

-- Order 2, Taro's, to the store's own place. Twenty fans 6660 and five matcha 3775 are 10435: no
-- postage. Tax 666 and 302. He pays a yen too little, which is let go: all of it on the fans, since
-- 7326 / 11403 of a yen is 0.64, and no tax in it: 666 / 7326 is 0.09.
SELECT place_order(
    2, '[{"product_id": 1, "quantity": 20}, {"product_id": 2, "quantity": 5}]',
    p_expected_total => 11403
);
SELECT record_payment(2, 'komoju', 'jp2', 11402);
SELECT grant_allowance(2, 1, 'a yen');
SELECT ship_order(2, 'Yamato', 'Y2');
SELECT deliver_order(2);

-- Order 3, Kiku's: one fan 333, tax 33.3, so 33; postage 500 and 50. Cancelled before it was paid.
SELECT place_order(1, '[{"product_id": 1, "quantity": 1}]', p_expected_total => 916);
SELECT cancel_order(3, 'changed her mind');

-- Order 4, Kiku's: one fan, less 49.95, so 50. Tax 28.3, so 28. Paid, and waits to be shipped.
SELECT place_order(
    1, '[{"product_id": 1, "quantity": 1}]', p_coupon_code => 'JP15', p_expected_total => 861
);
SELECT record_payment(4, 'komoju', 'jp4', 861);

-- Order 5, Hana's: seven matcha 5285, tax 422.8, so 423; postage 500 and 50. Not paid yet.
SELECT place_order(3, '[{"product_id": 2, "quantity": 7}]', p_expected_total => 6258);
