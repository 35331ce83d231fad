-- The demo store: a ship chandler's with some books, small enough to be worked out on paper, odd
-- enough that every rule of the reports shows. The results in tests/expected rest on it, so a
-- change here is a change there.
--
-- It is told as of Monday, 15 December 2025, noon in New York: set app.report_now to
-- '2025-12-15 12:00-05' to see it so. The first order is of November 2024. February 2025 has an
-- order but no revenue, August 2025 nothing at all.
--
-- Every instant is the store's wall clock with its offset, so that -05 is winter and -04 summer.
-- What was priced and what was credited is written out, worked out on paper; what only sums it up
-- is summed at the end.

-- The settings as they are today. In February 2025 postage was free, and from April to June 2025
-- prices included the tax: orders keep what held when they were placed.
UPDATE store_settings SET
    store_name = 'The Spouter Inn Chandlery',
    currency = 'USD',
    country_code = 'US',
    time_zone = 'America/New_York',
    prices_include_tax = FALSE,
    shipping_fee = 5.00,
    free_shipping_from = 100.00,
    order_hold = INTERVAL '30 minutes',
    max_pending_orders = 3,
    legal_name = 'Peter Coffin',
    legal_address = '{
        "line1": "The Spouter Inn", "city": "New Bedford", "region": "MA", "postal_code": "02740",
        "country_code": "US"
    }',
    documents_from = '2025-01-01 00:00-05';

UPDATE countries SET is_served = TRUE WHERE country_code IN ('CA', 'GB');

-- Canada has no reduced rate: food and books are not taxed there. Great Britain has none at all.
INSERT INTO tax_rates (tax_class, country_code, valid_from, rate) VALUES
('standard', 'US', '2024-01-01', 0.10),
('standard', 'US', '2025-07-01', 0.12),
('reduced', 'US', '2024-01-01', 0.04),
('standard', 'CA', '2024-01-01', 0.05);

-- The ninth is a guest: an address to write to, and no more. The tenth, the Invisible Man, had
-- himself erased. Bartleby would prefer not to order; Rip van Winkle's one order was cancelled.
INSERT INTO customers (
    customer_id, email, first_name, last_name, phone, is_vip, created_at, erased_at
)
OVERRIDING SYSTEM VALUE VALUES
(1, 'ishmael@pequod.example', 'Ishmael', NULL, NULL, FALSE, '2024-11-03 01:10-04', NULL),
(2, 'jo@orchardhouse.example', 'Jo', 'March', '555 0102', FALSE, '2024-11-03 01:20-05', NULL),
(3, 'anne@greengables.example', 'Anne', 'Shirley', NULL, FALSE, '2024-11-20 09:40-05', NULL),
(4, 'jay@westegg.example', 'Jay', 'Gatsby', '555 0104', TRUE, '2024-12-10 17:30-05', NULL),
(5, 'tom@mississippi.example', 'Tom', 'Sawyer', NULL, FALSE, '2024-12-18 11:50-05', NULL),
(6, 'dorothy@kansas.example', 'Dorothy', 'Gale', NULL, FALSE, '2024-12-31 23:00-05', NULL),
(7, 'ichabod@sleepyhollow.example', 'Ichabod', 'Crane', NULL, FALSE, '2024-11-30 22:00-05', NULL),
(8, 'gilbert@avonlea.example', 'Gilbert', 'Blythe', NULL, FALSE, '2024-12-31 23:50-05', NULL),
(9, 'scout@maycomb.example', NULL, NULL, NULL, FALSE, '2024-12-24 17:00-05', NULL),
(
    10, 'erased-10@erased.invalid', NULL, NULL, NULL, FALSE,
    '2024-11-30 23:55-05', '2025-11-20 10:00-05'
),
(11, 'bartleby@wallstreet.example', 'Bartleby', NULL, NULL, FALSE, '2025-01-06 09:00-05', NULL),
(12, 'rip@catskills.example', 'Rip', 'van Winkle', NULL, FALSE, '2025-01-20 19:30-05', NULL),
(13, 'scrooge@cornhill.example', 'Ebenezer', 'Scrooge', NULL, FALSE, '2025-12-05 09:50-05', NULL);

-- Tom and Dorothy have given none: they are taxed as the store is. Anne also has one to stay at,
-- Gatsby one that pays. The United States tax all of their regions alike here, so only Canada's
-- addresses say in which they are.
INSERT INTO addresses (
    address_id, customer_id, recipient, company, line1, city, region, region_code, postal_code,
    country_code
)
OVERRIDING SYSTEM VALUE VALUES
(1, 1, 'Ishmael', NULL, 'The Spouter Inn', 'New Bedford', 'MA', NULL, '02740', 'US'),
(2, 2, 'Jo March', NULL, 'Orchard House', 'Concord', 'MA', NULL, '01742', 'US'),
(3, 3, 'Anne Shirley', NULL, 'Green Gables', 'Avonlea', 'PE', 'PE', 'C0A 1N0', 'CA'),
(4, 3, 'Anne Shirley', NULL, 'Beechwood', 'Charlottetown', 'PE', 'PE', 'C1A 1A1', 'CA'),
(5, 4, 'Jay Gatsby', NULL, 'Gatsby''s Mansion', 'West Egg', 'NY', NULL, '11024', 'US'),
(6, 4, 'The Cashier', 'Gatsby''s Drug-Stores', '1 State Street', 'Chicago', 'IL', NULL, NULL, 'US'),
(7, 7, 'Ichabod Crane', NULL, 'The Schoolhouse', 'Sleepy Hollow', 'NY', NULL, '10591', 'US'),
(8, 8, 'Gilbert Blythe', NULL, 'The Blythe Farm', 'Avonlea', 'PE', 'PE', 'C0A 1N0', 'CA'),
(9, 9, 'Scout', NULL, 'The Old Post Office', 'Maycomb', 'AL', NULL, '36460', 'US'),
(10, 12, 'Rip van Winkle', NULL, 'The Village Inn', 'Catskill', 'NY', NULL, '12414', 'US'),
(11, 13, 'Ebenezer Scrooge', NULL, 'The Counting-House', 'London', NULL, NULL, 'EC3V 3LA', 'GB');

UPDATE customers SET default_address_id = addresses.address_id
FROM addresses
WHERE customers.customer_id = addresses.customer_id AND addresses.address_id NOT IN (4, 6);

-- Three levels: Ship's Stores > Galley > Preserves, Library > Novels > Sea Stories.
INSERT INTO categories (category_id, name, parent_id)
OVERRIDING SYSTEM VALUE VALUES
(1, 'Ship''s Stores', NULL),
(2, 'Galley', 1),
(3, 'Preserves', 2),
(4, 'Rigging', 1),
(5, 'Library', NULL),
(6, 'Novels', 5),
(7, 'Sea Stories', 6),
(8, 'Charts', 5),
(9, 'Curiosities', NULL);

-- The oilskin hat is worn in two sizes and two colours.
INSERT INTO styles (style_id, name, description, category_id, option_names)
OVERRIDING SYSTEM VALUE VALUES
(1, 'Oilskin Hat', 'Keeps the weather out, whatever the weather.', 1, '{Size,Colour}');

-- Twenty-three products. The atlas's cost is unknown, the compass is in no category, the quill is
-- not offered any more; the sextant was never sold, the scrimshaw only in an order that was
-- cancelled. Of the hats there was one until November 2025, when the style was made of it.
INSERT INTO products (
    product_id, sku, name, category_id, tax_class, price, cost, is_active, created_at
)
OVERRIDING SYSTEM VALUE VALUES
(1, 'HARPOON', 'Harpoon', 4, 'standard', 120.00, 70.00, TRUE, '2024-10-01 09:00-04'),
(2, 'LANTERN', 'Lantern', 1, 'standard', 45.00, 20.00, TRUE, '2024-10-01 09:00-04'),
(3, 'ROPE', 'Manila Rope', 4, 'standard', 18.00, 7.50, TRUE, '2024-10-01 09:00-04'),
(4, 'BLOCK', 'Pulley Block', 4, 'standard', 18.00, 9.00, TRUE, '2024-10-01 09:00-04'),
(5, 'HARDTACK', 'Hardtack', 3, 'reduced', 4.00, 1.10, TRUE, '2024-10-01 09:00-04'),
(6, 'CHOWDER', 'Clam Chowder', 3, 'reduced', 6.50, 2.40, TRUE, '2024-10-01 09:00-04'),
(7, 'CORDIAL', 'Raspberry Cordial', 3, 'reduced', 9.00, 3.00, TRUE, '2024-10-01 09:00-04'),
(8, 'KETTLE', 'Copper Kettle', 2, 'standard', 36.00, 15.00, TRUE, '2024-10-01 09:00-04'),
(9, 'MOBY-DICK', 'Moby-Dick', 7, 'reduced', 12.00, 5.00, TRUE, '2024-10-01 09:00-04'),
(10, 'TREASURE', 'Treasure Island', 7, 'reduced', 12.00, 5.00, TRUE, '2024-10-01 09:00-04'),
(11, 'WOMEN', 'Little Women', 6, 'reduced', 10.00, 4.00, TRUE, '2024-10-01 09:00-04'),
(12, 'WALDEN', 'Walden', 6, 'reduced', 10.00, 4.00, TRUE, '2024-10-01 09:00-04'),
(13, 'CHART', 'Chart of Nantucket Sound', 8, 'standard', 25.00, 10.00, TRUE, '2024-10-01 09:00-04'),
(14, 'ATLAS', 'Atlas of the World', 8, 'standard', 60.00, NULL, TRUE, '2024-10-01 09:00-04'),
(15, 'COMPASS', 'Pocket Compass', NULL, 'standard', 30.00, 12.00, TRUE, '2024-10-01 09:00-04'),
(16, 'SEXTANT', 'Sextant', 4, 'standard', 250.00, 150.00, TRUE, '2024-10-01 09:00-04'),
(17, 'QUILL', 'Goose Quill', 5, 'standard', 1.50, 0.40, FALSE, '2024-10-01 09:00-04'),
(18, 'CATALOGUE', 'Catalogue', 5, 'standard', 0.00, 0.50, TRUE, '2024-10-01 09:00-04'),
(19, 'SCRIMSHAW', 'Scrimshaw', 9, 'standard', 80.00, 35.00, TRUE, '2024-10-01 09:00-04'),
(20, 'OILSKIN', 'Oilskin Hat', 1, 'standard', 22.00, 9.00, TRUE, '2024-10-01 09:00-04'),
(21, 'OILSKIN-L', 'Oilskin Hat', 1, 'standard', 22.00, 9.00, TRUE, '2025-11-01 09:00-04'),
(22, 'OILSKIN-BLACK', 'Oilskin Hat', 1, 'standard', 24.00, 9.50, TRUE, '2025-11-01 09:00-04'),
(23, 'OILSKIN-BLACK-L', 'Oilskin Hat', 1, 'standard', 24.00, 9.50, TRUE, '2025-11-01 09:00-04');
UPDATE products SET style_id = 1, options = variant.options
FROM (
    VALUES
    (20, JSONB '{"Size": "M", "Colour": "Yellow"}'),
    (21, JSONB '{"Size": "L", "Colour": "Yellow"}'),
    (22, JSONB '{"Size": "M", "Colour": "Black"}'),
    (23, JSONB '{"Size": "L", "Colour": "Black"}')
) AS variant (product_id, options)
WHERE products.product_id = variant.product_id;

-- The lantern became dearer in May 2025; every other price is the first one still.
UPDATE price_history SET valid_from = products.created_at
FROM products
WHERE price_history.product_id = products.product_id AND products.product_id <> 2;
UPDATE price_history SET valid_from = '2025-05-01 00:00-04'
WHERE product_id = 2;
INSERT INTO price_history (product_id, valid_from, price)
VALUES (2, '2024-10-01 09:00-04', 40.00);

-- In August 2025 charts were cheaper, and nobody came. Nobody ever bought the sextant either: it is
-- to go for 199.00 until it is gone.
INSERT INTO sale_prices (product_id, price, valid_from, valid_until) VALUES
(13, 20.00, '2025-08-01 00:00-04', '2025-09-01 00:00-04'),
(16, 199.00, '2025-12-01 00:00-05', '2100-01-01 00:00-05');

-- Uses are counted where there is a limit, and given back by a cancelled order.
INSERT INTO coupons (
    coupon_code, kind, value, minimum_subtotal, valid_from, valid_until, usage_limit,
    per_customer_limit, times_used
)
VALUES
('WELCOME10', 'percent', 10, 0, '2024-10-01', NULL, NULL, 1, 1),
('THANKS20', 'fixed', 20, 100, '2024-11-28', '2024-12-31', NULL, NULL, 0),
('SAIL5', 'fixed', 5, 0, '2025-03-01', '2025-12-31', 3, NULL, 2),
('CLAMS15', 'percent', 15, 30, '2025-05-01', NULL, NULL, NULL, 0),
('GIFT50', 'fixed', 50, 0, '2025-05-01', NULL, 10, 1, 1),
('DUTCHMAN', 'percent', 25, 0, '2025-01-01', NULL, 100, NULL, 0);  -- never seen by anybody

-- What came in, broke, went missing or was counted.
INSERT INTO stock_adjustments (product_id, quantity, reason, reference, created_at) VALUES
(1, 9, 'receipt', 'note 1', '2024-10-02 08:00-04'),
(2, 13, 'receipt', 'note 1', '2024-10-02 08:00-04'),
(3, 19, 'receipt', 'note 1', '2024-10-02 08:00-04'),
(4, 4, 'receipt', 'note 1', '2024-10-02 08:00-04'),
(5, 85, 'receipt', 'note 1', '2024-10-02 08:00-04'),
(6, 24, 'receipt', 'note 1', '2024-10-02 08:00-04'),
(7, 14, 'receipt', 'note 1', '2024-10-02 08:00-04'),
(8, 5, 'receipt', 'note 1', '2024-10-02 08:00-04'),
(9, 16, 'receipt', 'note 1', '2024-10-02 08:00-04'),
(10, 10, 'receipt', 'note 1', '2024-10-02 08:00-04'),
(11, 12, 'receipt', 'note 1', '2024-10-02 08:00-04'),
(12, 4, 'receipt', 'note 1', '2024-10-02 08:00-04'),
(13, 8, 'receipt', 'note 1', '2024-10-02 08:00-04'),
(14, 3, 'receipt', 'note 1', '2024-10-02 08:00-04'),
(15, 6, 'receipt', 'note 1', '2024-10-02 08:00-04'),
(16, 2, 'receipt', 'note 1', '2024-10-02 08:00-04'),
(17, 97, 'receipt', 'note 1', '2024-10-02 08:00-04'),
(18, 100, 'receipt', 'note 1', '2024-10-02 08:00-04'),
(19, 1, 'receipt', 'note 1', '2024-10-02 08:00-04'),
(20, 7, 'receipt', 'note 1', '2024-10-02 08:00-04'),
(6, -2, 'damage', NULL, '2025-01-07 09:00-05'),
(2, -1, 'loss', NULL, '2025-03-31 18:00-04'),
(17, 3, 'count', 'sheet 1', '2025-03-31 18:10-04'),
(11, -1, 'count', 'sheet 1', '2025-03-31 18:20-04'),
(7, 30, 'receipt', 'note 2', '2025-10-02 08:00-04'),
(12, 40, 'receipt', 'note 3', '2025-11-03 08:00-05'),
(21, 4, 'receipt', 'note 3', '2025-11-03 08:00-05'),
(22, 4, 'receipt', 'note 3', '2025-11-03 08:00-05'),
(23, 4, 'receipt', 'note 3', '2025-11-03 08:00-05'),
(4, 8, 'receipt', 'note 4', '2025-12-01 08:00-05');

-- Stock as all that follows leaves it: on_hand is receipts and other adjustments, less parcels,
-- plus what came back into stock; reserved is what pending and paid orders still wait for.
UPDATE inventory SET
    on_hand = stock.on_hand,
    reserved = stock.reserved,
    reorder_point = stock.reorder_point,
    reorder_quantity = stock.reorder_quantity,
    lead_time_days = stock.lead_time_days
FROM (
    VALUES
    (1, 4, 0, 2, 5, 30),
    (2, 6, 0, 4, 10, 14),
    (3, 12, 0, 5, 20, 7),
    (4, 8, 6, 1, 20, 14),
    (5, 60, 0, 20, 100, 7),
    (6, 14, 0, 6, 24, 7),
    (7, 2, 2, 10, 40, 10),
    (8, 3, 0, 2, 6, 21),
    (9, 9, 1, 3, 10, 7),
    (10, 5, 0, 5, 10, 7),
    (11, 7, 0, 3, 10, 7),
    (12, 40, 0, 3, 10, 7),
    (13, 4, 1, 2, 10, 14),
    (14, 0, 0, 2, 5, 14),
    (15, 3, 0, 1, 10, 14),
    (16, 2, 0, 0, 1, 60),
    (17, 74, 0, 0, 0, 7),
    (18, 99, 0, 10, 100, 5),
    (19, 1, 0, 0, 0, 0),
    (20, 5, 0, 2, 10, 14),
    (21, 4, 0, 2, 10, 14),
    (22, 4, 0, 2, 10, 14),
    (23, 4, 0, 2, 10, 14)
) AS stock (product_id, on_hand, reserved, reorder_point, reorder_quantity, lead_time_days)
WHERE inventory.product_id = stock.product_id;

-- Orders, first to last. Those of the erased customer follow: they have no address any more.
WITH placed (
    order_id, customer_id, status, created_at, prices_include_tax, subtotal, discount, coupon_code,
    shipping_fee, shipping_tax_rate, tax
) AS (
    VALUES
    -- Clocks go back: half past one, and an hour later half past one again.
    (1, 1, 'delivered', '2024-11-03 01:30-04', FALSE, 156.00, 0.00, NULL, 0.00, 0.10, 15.60),
    (2, 2, 'delivered', '2024-11-03 01:30-05', FALSE, 20.00, 0.00, NULL, 5.00, 0.10, 1.30),
    -- Canada has no reduced rate, so books and food are not taxed there. What the chart cost was
    -- not known yet.
    (3, 3, 'delivered', '2024-11-20 10:00-05', FALSE, 43.00, 4.30, 'WELCOME10', 5.00, 0.05, 1.38),
    -- The last second of November; December in UTC. Order 5 is the first moment of December.
    (4, 7, 'delivered', '2024-11-30 23:59:59-05', FALSE, 40.00, 0.00, NULL, 5.00, 0.10, 4.50),
    -- A fixed discount that does not divide evenly.
    (6, 4, 'delivered', '2024-12-10 18:00-05', FALSE, 180.00, 20.00, 'THANKS20', 0.00, 0.10, 16.00),
    -- Tom paid too much. He and Dorothy buy the same on the same days: a tie in every ranking.
    (7, 5, 'delivered', '2024-12-18 12:00-05', FALSE, 36.00, 0.00, NULL, 5.00, 0.10, 4.10),
    -- The guest.
    (8, 9, 'delivered', '2024-12-24 17:00-05', FALSE, 24.00, 0.00, NULL, 5.00, 0.10, 1.46),
    -- New Year's Eve; the next year in UTC.
    (9, 6, 'delivered', '2024-12-31 23:30-05', FALSE, 36.00, 0.00, NULL, 5.00, 0.10, 4.10),
    -- Cancelled after payment, the money given back: in no report.
    (10, 8, 'cancelled', '2025-01-01 00:00-05', FALSE, 40.00, 0.00, NULL, 5.00, 0.05, 2.25),
    -- The rope comes back in February, and its price goes back then.
    (11, 3, 'delivered', '2025-01-15 09:00-05', FALSE, 30.00, 0.00, NULL, 5.00, 0.05, 1.15),
    -- Rip slept through his hold, and paid when he woke: the money is still due back.
    (12, 12, 'cancelled', '2025-01-20 20:00-05', FALSE, 36.00, 0.00, NULL, 5.00, 0.10, 4.10),
    -- Nobody was in: all of it came back, soggy, and the postage is given back too.
    (13, 2, 'returned', '2025-01-28 15:00-05', FALSE, 20.00, 0.00, NULL, 5.00, 0.10, 1.30),
    -- The only order of February, of total 0: paid at once.
    (14, 7, 'delivered', '2025-02-14 08:00-05', FALSE, 0.00, 0.00, NULL, 0.00, 0.10, 0.00),
    -- Clocks go forward: one second lies between these two, an hour on the wall.
    (15, 5, 'delivered', '2025-03-09 01:59:59-05', FALSE, 22.00, 0.00, NULL, 5.00, 0.10, 2.70),
    (16, 6, 'delivered', '2025-03-09 03:00-04', FALSE, 22.00, 0.00, NULL, 5.00, 0.10, 2.70),
    -- Left in two parcels.
    (17, 1, 'delivered', '2025-03-15 11:00-04', FALSE, 80.00, 5.00, 'SAIL5', 5.00, 0.10, 8.00),
    -- The bank takes all of the money back in April, and by July nobody hopes for it any more.
    (18, 4, 'delivered', '2025-03-20 21:00-04', FALSE, 240.00, 0.00, NULL, 0.00, 0.10, 24.00),
    -- From April to June prices included the tax.
    (19, 2, 'delivered', '2025-04-05 10:00-04', TRUE, 20.00, 0.00, NULL, 5.00, 0.10, 1.22),
    -- The lantern's glass had a crack: ten off the whole order, at the end of May.
    (20, 3, 'delivered', '2025-04-12 14:00-04', TRUE, 49.00, 5.00, 'SAIL5', 5.00, 0.05, 1.95),
    -- May in UTC. Gilbert's first order that counts.
    (21, 8, 'delivered', '2025-04-30 23:45-04', TRUE, 120.00, 0.00, NULL, 0.00, 0.05, 5.71),
    -- At the new price. One comes back, in the same month.
    (22, 7, 'delivered', '2025-05-10 16:00-04', TRUE, 90.00, 13.50, 'CLAMS15', 5.00, 0.10, 7.40),
    -- The coupon is worth more than the goods: only the postage is left.
    (23, 9, 'delivered', '2025-05-18 12:30-04', TRUE, 25.00, 25.00, 'GIFT50', 5.00, 0.10, 0.45),
    -- Cancelled before payment: the use of the coupon went back.
    (24, 2, 'cancelled', '2025-05-20 13:00-04', TRUE, 80.00, 5.00, 'SAIL5', 5.00, 0.10, 7.27),
    (25, 1, 'delivered', '2025-06-02 07:00-04', TRUE, 64.00, 0.00, NULL, 5.00, 0.10, 2.91),
    -- The last half hour of the old rate, and the first moment of the new. The bank takes back what
    -- 28 paid, and gives in.
    (27, 4, 'delivered', '2025-06-30 23:30-04', TRUE, 36.00, 0.00, NULL, 5.00, 0.10, 3.72),
    (28, 2, 'delivered', '2025-07-01 00:00-04', FALSE, 36.00, 0.00, NULL, 5.00, 0.12, 4.92),
    -- Two ropes were cancelled before the rest left. August is empty.
    (29, 1, 'delivered', '2025-07-04 19:00-04', FALSE, 129.00, 0.00, NULL, 0.00, 0.12, 15.48),
    (30, 3, 'delivered', '2025-07-20 18:00-04', FALSE, 57.00, 0.00, NULL, 5.00, 0.05, 0.25),
    -- The compass came back only yesterday: what it is worth is still due.
    (31, 8, 'delivered', '2025-09-05 09:30-04', FALSE, 65.00, 0.00, NULL, 5.00, 0.05, 3.00),
    -- The same product on two lines is one in a basket.
    (32, 7, 'delivered', '2025-09-19 22:00-04', FALSE, 122.00, 0.00, NULL, 0.00, 0.12, 12.08),
    -- Gatsby's parties: Friday after Friday.
    (33, 4, 'delivered', '2025-10-03 20:00-04', FALSE, 36.00, 0.00, NULL, 5.00, 0.12, 2.04),
    (34, 4, 'delivered', '2025-10-10 20:00-04', FALSE, 54.00, 0.00, NULL, 5.00, 0.12, 2.76),
    (35, 4, 'delivered', '2025-10-17 20:00-04', FALSE, 40.00, 0.00, NULL, 5.00, 0.12, 2.20),
    (36, 4, 'delivered', '2025-10-24 20:00-04', FALSE, 72.00, 0.00, NULL, 5.00, 0.12, 3.48),
    (37, 4, 'delivered', '2025-10-31 20:00-04', FALSE, 90.00, 0.00, NULL, 5.00, 0.12, 7.80),
    -- Clocks go back again; the second half past one.
    (38, 1, 'delivered', '2025-11-02 01:30-05', FALSE, 60.00, 0.00, NULL, 5.00, 0.12, 5.88),
    -- On account: it left before any money came, and none has.
    (39, 4, 'delivered', '2025-11-07 20:00-05', FALSE, 90.00, 0.00, NULL, 5.00, 0.12, 4.20),
    (40, 2, 'shipped', '2025-11-14 12:00-05', FALSE, 120.00, 0.00, NULL, 0.00, 0.12, 14.40),
    (41, 3, 'shipped', '2025-11-28 08:00-05', FALSE, 50.00, 0.00, NULL, 5.00, 0.05, 1.75),
    -- One parcel left, one waits for pulley blocks.
    (42, 2, 'paid', '2025-11-30 23:30-05', FALSE, 90.00, 0.00, NULL, 5.00, 0.12, 8.52),
    -- Scrooge has paid half; his hold was lifted. No rate is known for his country: no tax.
    (43, 13, 'pending', '2025-12-05 10:00-05', FALSE, 25.00, 0.00, NULL, 5.00, 0.00, 0.00),
    -- Waits to be shipped.
    (44, 4, 'paid', '2025-12-12 20:00-05', FALSE, 18.00, 0.00, NULL, 5.00, 0.12, 1.32),
    -- Placed ten minutes ago and not paid yet.
    (45, 9, 'pending', '2025-12-15 11:50-05', FALSE, 66.00, 0.00, NULL, 5.00, 0.12, 7.56)
)

INSERT INTO orders (
    order_id, customer_id, status, prices_include_tax, subtotal, discount, coupon_code,
    shipping_fee, shipping_tax_rate, shipping_tax, tax, ship_to, bill_to, ship_to_country,
    ship_to_region, created_at, expires_at, cancelled_at
)
OVERRIDING SYSTEM VALUE
SELECT
    placed.order_id,
    placed.customer_id,
    placed.status,
    placed.prices_include_tax,
    placed.subtotal,
    placed.discount,
    placed.coupon_code,
    placed.shipping_fee,
    placed.shipping_tax_rate,
    _tax_of(
        placed.shipping_fee, placed.shipping_tax_rate, placed.prices_include_tax, 2
    ) AS shipping_tax,
    placed.tax,
    to_jsonb(addresses) - ARRAY['address_id', 'customer_id'] AS ship_to,
    to_jsonb(payers) - ARRAY['address_id', 'customer_id'] AS bill_to,
    coalesce(addresses.country_code, 'US') AS ship_to_country,
    coalesce(addresses.region_code, '') AS ship_to_region,
    placed.created_at::TIMESTAMPTZ AS created_at,
    CASE
        WHEN placed.order_id NOT IN (14, 39, 43)  -- paid at once; released; hold lifted
            THEN placed.created_at::TIMESTAMPTZ + INTERVAL '30 minutes'
    END AS expires_at,
    CASE placed.order_id
        WHEN 10 THEN TIMESTAMPTZ '2025-01-02 16:00-05'
        WHEN 12 THEN TIMESTAMPTZ '2025-01-20 20:31-05'
        WHEN 24 THEN TIMESTAMPTZ '2025-05-20 13:05-04'
    END AS cancelled_at
FROM placed
INNER JOIN customers ON placed.customer_id = customers.customer_id
LEFT JOIN addresses ON customers.default_address_id = addresses.address_id
LEFT JOIN addresses AS payers ON placed.order_id = 39 AND payers.address_id = 6;

INSERT INTO orders (
    order_id, customer_id, status, prices_include_tax, subtotal, shipping_fee, shipping_tax_rate,
    shipping_tax, tax, ship_to_country, created_at, expires_at
)
OVERRIDING SYSTEM VALUE VALUES
-- The first moment of December.
(
    5, 10, 'delivered', FALSE, 26.00, 5.00, 0.10, 0.50, 1.54, 'US',
    '2024-12-01 00:00-05', '2024-12-01 00:30-05'
),
(
    26, 10, 'delivered', TRUE, 30.00, 5.00, 0.10, 0.45, 3.18, 'US',
    '2025-06-15 10:10-04', '2025-06-15 10:40-04'
);

UPDATE orders SET cancel_reason = said.reason
FROM (VALUES (10, 'found another'), (24, 'too dear')) AS said (order_id, reason)
WHERE orders.order_id = said.order_id;
UPDATE orders SET
    released_at = '2025-11-07 20:15-05',
    release_reason = 'on account, thirty days'
WHERE order_id = 39;
UPDATE orders SET
    written_off_at = '2025-06-30 17:00-04',
    write_off_reason = 'the bank has decided, and he is not at home'
WHERE order_id = 18;

-- Their lines.
WITH line (
    order_id, line_no, product_id, sku, product_name, unit_price, unit_cost, tax_rate, quantity,
    discount, tax, cancelled_quantity
) AS (
    VALUES
    (1, 1, 1, 'HARPOON', 'Harpoon', 120.00, 70.00, 0.10, 1, 0.00, 12.00, 0),
    (1, 2, 3, 'ROPE', 'Manila Rope', 18.00, 7.50, 0.10, 2, 0.00, 3.60, 0),
    (2, 1, 11, 'WOMEN', 'Little Women', 10.00, 4.00, 0.04, 1, 0.00, 0.40, 0),
    (2, 2, 12, 'WALDEN', 'Walden', 10.00, 4.00, 0.04, 1, 0.00, 0.40, 0),
    (3, 1, 7, 'CORDIAL', 'Raspberry Cordial', 9.00, 3.00, 0.00, 2, 1.80, 0.00, 0),
    (3, 2, 13, 'CHART', 'Chart of Nantucket Sound', 25.00, NULL, 0.05, 1, 2.50, 1.13, 0),
    (4, 1, 2, 'LANTERN', 'Lantern', 40.00, 20.00, 0.10, 1, 0.00, 4.00, 0),
    (5, 1, 6, 'CHOWDER', 'Clam Chowder', 6.50, 2.40, 0.04, 4, 0.00, 1.04, 0),
    (6, 1, 14, 'ATLAS', 'Atlas of the World', 60.00, NULL, 0.10, 1, 6.67, 5.33, 0),
    (6, 2, 1, 'HARPOON', 'Harpoon', 120.00, 70.00, 0.10, 1, 13.33, 10.67, 0),
    (7, 1, 3, 'ROPE', 'Manila Rope', 18.00, 7.50, 0.10, 1, 0.00, 1.80, 0),
    (7, 2, 4, 'BLOCK', 'Pulley Block', 18.00, 9.00, 0.10, 1, 0.00, 1.80, 0),
    (8, 1, 9, 'MOBY-DICK', 'Moby-Dick', 12.00, 5.00, 0.04, 2, 0.00, 0.96, 0),
    (9, 1, 3, 'ROPE', 'Manila Rope', 18.00, 7.50, 0.10, 1, 0.00, 1.80, 0),
    (9, 2, 4, 'BLOCK', 'Pulley Block', 18.00, 9.00, 0.10, 1, 0.00, 1.80, 0),
    (10, 1, 2, 'LANTERN', 'Lantern', 40.00, 20.00, 0.05, 1, 0.00, 2.00, 0),
    (11, 1, 9, 'MOBY-DICK', 'Moby-Dick', 12.00, 5.00, 0.00, 1, 0.00, 0.00, 0),
    (11, 2, 3, 'ROPE', 'Manila Rope', 18.00, 7.50, 0.05, 1, 0.00, 0.90, 0),
    (12, 1, 8, 'KETTLE', 'Copper Kettle', 36.00, 15.00, 0.10, 1, 0.00, 3.60, 0),
    (13, 1, 5, 'HARDTACK', 'Hardtack', 4.00, 1.10, 0.04, 5, 0.00, 0.80, 0),
    (14, 1, 18, 'CATALOGUE', 'Spring Catalogue', 0.00, 0.50, 0.10, 1, 0.00, 0.00, 0),
    (15, 1, 20, 'OILSKIN', 'Oilskin Hat', 22.00, 9.00, 0.10, 1, 0.00, 2.20, 0),
    (16, 1, 20, 'OILSKIN', 'Oilskin Hat', 22.00, 9.00, 0.10, 1, 0.00, 2.20, 0),
    (17, 1, 13, 'CHART', 'Chart of Nantucket Sound', 25.00, 10.00, 0.10, 2, 3.13, 4.69, 0),
    (17, 2, 15, 'COMPASS', 'Pocket Compass', 30.00, 12.00, 0.10, 1, 1.87, 2.81, 0),
    (18, 1, 1, 'HARPOON', 'Harpoon', 120.00, 70.00, 0.10, 2, 0.00, 24.00, 0),
    (19, 1, 9, 'MOBY-DICK', 'Moby-Dick', 12.00, 5.00, 0.04, 1, 0.00, 0.46, 0),
    (19, 2, 5, 'HARDTACK', 'Hardtack', 4.00, 1.10, 0.04, 2, 0.00, 0.31, 0),
    (20, 1, 2, 'LANTERN', 'Lantern', 40.00, 20.00, 0.05, 1, 4.08, 1.71, 0),
    (20, 2, 7, 'CORDIAL', 'Raspberry Cordial', 9.00, 3.00, 0.00, 1, 0.92, 0.00, 0),
    (21, 1, 14, 'ATLAS', 'Atlas of the World', 60.00, NULL, 0.05, 2, 0.00, 5.71, 0),
    (22, 1, 2, 'LANTERN', 'Lantern', 45.00, 20.00, 0.10, 2, 13.50, 6.95, 0),
    (23, 1, 5, 'HARDTACK', 'Hardtack', 4.00, 1.10, 0.04, 3, 12.00, 0.00, 0),
    (23, 2, 6, 'CHOWDER', 'Clam Chowder', 6.50, 2.40, 0.04, 2, 13.00, 0.00, 0),
    (24, 1, 19, 'SCRIMSHAW', 'Scrimshaw', 80.00, 35.00, 0.10, 1, 5.00, 6.82, 0),
    (25, 1, 9, 'MOBY-DICK', 'Moby-Dick', 12.00, 5.00, 0.04, 1, 0.00, 0.46, 0),
    (25, 2, 10, 'TREASURE', 'Treasure Island', 12.00, 5.00, 0.04, 1, 0.00, 0.46, 0),
    (25, 3, 5, 'HARDTACK', 'Hardtack', 4.00, 1.10, 0.04, 10, 0.00, 1.54, 0),
    (26, 1, 15, 'COMPASS', 'Pocket Compass', 30.00, 12.00, 0.10, 1, 0.00, 2.73, 0),
    (27, 1, 8, 'KETTLE', 'Copper Kettle', 36.00, 15.00, 0.10, 1, 0.00, 3.27, 0),
    (28, 1, 8, 'KETTLE', 'Copper Kettle', 36.00, 15.00, 0.12, 1, 0.00, 4.32, 0),
    (29, 1, 3, 'ROPE', 'Manila Rope', 18.00, 7.50, 0.12, 5, 0.00, 10.80, 2),
    (29, 2, 17, 'QUILL', 'Goose Quill', 1.50, 0.40, 0.12, 26, 0.00, 4.68, 0),
    (30, 1, 7, 'CORDIAL', 'Raspberry Cordial', 9.00, 3.00, 0.00, 3, 0.00, 0.00, 0),
    (30, 2, 12, 'WALDEN', 'Walden', 10.00, 4.00, 0.00, 1, 0.00, 0.00, 0),
    (30, 3, 11, 'WOMEN', 'Little Women', 10.00, 4.00, 0.00, 2, 0.00, 0.00, 0),
    (31, 1, 13, 'CHART', 'Chart of Nantucket Sound', 25.00, 10.00, 0.05, 1, 0.00, 1.25, 0),
    (31, 2, 15, 'COMPASS', 'Pocket Compass', 30.00, 12.00, 0.05, 1, 0.00, 1.50, 0),
    (31, 3, 11, 'WOMEN', 'Little Women', 10.00, 4.00, 0.00, 1, 0.00, 0.00, 0),
    (32, 1, 5, 'HARDTACK', 'Hardtack', 4.00, 1.10, 0.04, 2, 0.00, 0.32, 0),
    (32, 2, 9, 'MOBY-DICK', 'Moby-Dick', 12.00, 5.00, 0.04, 1, 0.00, 0.48, 0),
    (32, 3, 5, 'HARDTACK', 'Hardtack', 4.00, 1.10, 0.04, 3, 0.00, 0.48, 0),
    (32, 4, 2, 'LANTERN', 'Lantern', 45.00, 20.00, 0.12, 2, 0.00, 10.80, 0),
    (33, 1, 7, 'CORDIAL', 'Raspberry Cordial', 9.00, 3.00, 0.04, 4, 0.00, 1.44, 0),
    (34, 1, 7, 'CORDIAL', 'Raspberry Cordial', 9.00, 3.00, 0.04, 6, 0.00, 2.16, 0),
    (35, 1, 7, 'CORDIAL', 'Raspberry Cordial', 9.00, 3.00, 0.04, 3, 0.00, 1.08, 0),
    (35, 2, 6, 'CHOWDER', 'Clam Chowder', 6.50, 2.40, 0.04, 2, 0.00, 0.52, 0),
    (36, 1, 7, 'CORDIAL', 'Raspberry Cordial', 9.00, 3.00, 0.04, 8, 0.00, 2.88, 0),
    (37, 1, 7, 'CORDIAL', 'Raspberry Cordial', 9.00, 3.00, 0.04, 5, 0.00, 1.80, 0),
    (37, 2, 2, 'LANTERN', 'Lantern', 45.00, 20.00, 0.12, 1, 0.00, 5.40, 0),
    (38, 1, 9, 'MOBY-DICK', 'Moby-Dick', 12.00, 5.00, 0.04, 1, 0.00, 0.48, 0),
    (38, 2, 10, 'TREASURE', 'Treasure Island', 12.00, 5.00, 0.04, 1, 0.00, 0.48, 0),
    (38, 3, 4, 'BLOCK', 'Pulley Block', 18.00, 9.00, 0.12, 2, 0.00, 4.32, 0),
    (39, 1, 7, 'CORDIAL', 'Raspberry Cordial', 9.00, 3.00, 0.04, 10, 0.00, 3.60, 0),
    (40, 1, 1, 'HARPOON', 'Harpoon', 120.00, 70.00, 0.12, 1, 0.00, 14.40, 0),
    (41, 1, 15, 'COMPASS', 'Pocket Compass', 30.00, 12.00, 0.05, 1, 0.00, 1.50, 0),
    (41, 2, 12, 'WALDEN', 'Walden', 10.00, 4.00, 0.00, 2, 0.00, 0.00, 0),
    (42, 1, 4, 'BLOCK', 'Pulley Block', 18.00, 9.00, 0.12, 3, 0.00, 6.48, 0),
    (42, 2, 10, 'TREASURE', 'Treasure Island', 12.00, 5.00, 0.04, 3, 0.00, 1.44, 0),
    (43, 1, 13, 'CHART', 'Chart of Nantucket Sound', 25.00, 10.00, 0.00, 1, 0.00, 0.00, 0),
    (44, 1, 7, 'CORDIAL', 'Raspberry Cordial', 9.00, 3.00, 0.04, 2, 0.00, 0.72, 0),
    (45, 1, 9, 'MOBY-DICK', 'Moby-Dick', 12.00, 5.00, 0.04, 1, 0.00, 0.48, 0),
    (45, 2, 4, 'BLOCK', 'Pulley Block', 18.00, 9.00, 0.12, 3, 0.00, 6.48, 0)
)

INSERT INTO order_items (
    order_id, line_no, product_id, sku, product_name, unit_price, unit_cost, tax_class, tax_rate,
    quantity, discount, tax, cancelled_quantity
)
SELECT
    line.order_id,
    line.line_no,
    line.product_id,
    line.sku,
    line.product_name,
    line.unit_price,
    line.unit_cost,
    products.tax_class,
    line.tax_rate,
    line.quantity,
    line.discount,
    line.tax,
    line.cancelled_quantity
FROM line
INNER JOIN products ON line.product_id = products.product_id;

-- Money in and out.
WITH moved (order_id, kind, amount, provider, provider_reference, occurred_at) AS (
    VALUES
    (1, 'charge', 171.60, 'card', 'card-001', '2024-11-03 01:33-04'),
    (2, 'charge', 26.30, 'card', 'card-002', '2024-11-03 01:34-05'),
    (3, 'charge', 45.08, 'card', 'card-003', '2024-11-20 10:05-05'),
    (4, 'charge', 49.50, 'card', 'card-004', '2024-12-01 00:05:59-05'),
    (5, 'charge', 32.54, 'card', 'card-005', '2024-12-01 00:07-05'),
    (6, 'charge', 176.00, 'card', 'card-006', '2024-12-10 18:08-05'),
    (7, 'charge', 50.00, 'card', 'card-007', '2024-12-18 12:02-05'),
    (8, 'charge', 30.46, 'card', 'card-008', '2024-12-24 17:03-05'),
    (9, 'charge', 45.10, 'card', 'card-009', '2024-12-31 23:34-05'),
    (10, 'charge', 47.25, 'card', 'card-010', '2025-01-01 00:05-05'),
    (10, 'refund', 47.25, 'card', 'card-011', '2025-01-03 10:00-05'),
    (11, 'charge', 36.15, 'card', 'card-012', '2025-01-15 09:06-05'),
    (13, 'charge', 26.30, 'card', 'card-013', '2025-01-28 15:08-05'),
    (13, 'refund', 26.30, 'card', 'card-014', '2025-02-06 10:00-05'),
    (12, 'charge', 45.10, 'card', 'card-015', '2025-02-09 20:00-05'),
    (11, 'refund', 18.90, 'card', 'card-016', '2025-02-11 10:00-05'),
    (15, 'charge', 29.70, 'card', 'card-017', '2025-03-09 03:02:59-04'),
    (16, 'charge', 29.70, 'card', 'card-018', '2025-03-09 03:04-04'),
    (17, 'charge', 88.00, 'card', 'card-019', '2025-03-15 11:05-04'),
    (18, 'charge', 264.00, 'card', 'card-020', '2025-03-20 21:06-04'),
    (19, 'charge', 25.00, 'card', 'card-021', '2025-04-05 10:07-04'),
    (20, 'charge', 49.00, 'card', 'card-022', '2025-04-12 14:08-04'),
    (18, 'chargeback', 264.00, 'card', 'card-023', '2025-04-14 22:00-04'),
    (21, 'charge', 120.00, 'card', 'card-024', '2025-04-30 23:47-04'),
    (22, 'charge', 81.50, 'card', 'card-025', '2025-05-10 16:03-04'),
    (23, 'charge', 5.00, 'card', 'card-026', '2025-05-18 12:34-04'),
    (22, 'refund', 38.26, 'card', 'card-027', '2025-05-21 10:00-04'),
    (20, 'refund', 10.00, 'transfer', 'transfer-028', '2025-05-31 23:30-04'),
    (25, 'charge', 69.00, 'card', 'card-029', '2025-06-02 07:06-04'),
    (26, 'charge', 35.00, 'card', 'card-030', '2025-06-15 10:17-04'),
    (27, 'charge', 41.00, 'card', 'card-031', '2025-06-30 23:38-04'),
    (28, 'charge', 45.92, 'card', 'card-032', '2025-07-01 00:02-04'),
    (29, 'charge', 144.48, 'card', 'card-033', '2025-07-04 19:03-04'),
    (29, 'refund', 40.32, 'card', 'card-034', '2025-07-06 10:00-04'),
    (30, 'charge', 62.25, 'card', 'card-035', '2025-07-20 18:04-04'),
    (28, 'chargeback', 45.92, 'card', 'card-036', '2025-07-21 22:00-04'),
    (31, 'charge', 73.00, 'card', 'card-037', '2025-09-05 09:35-04'),
    (28, 'charge', 45.92, 'card', 'card-038', '2025-09-12 10:00-04'),
    (32, 'charge', 134.08, 'card', 'card-039', '2025-09-19 22:06-04'),
    (33, 'charge', 43.04, 'card', 'card-040', '2025-10-03 20:07-04'),
    (34, 'charge', 61.76, 'card', 'card-041', '2025-10-10 20:08-04'),
    (35, 'charge', 47.20, 'card', 'card-042', '2025-10-17 20:02-04'),
    (36, 'charge', 80.48, 'card', 'card-043', '2025-10-24 20:03-04'),
    (37, 'charge', 102.80, 'card', 'card-044', '2025-10-31 20:04-04'),
    (38, 'charge', 70.88, 'card', 'card-045', '2025-11-02 01:35-05'),
    (40, 'charge', 134.40, 'card', 'card-046', '2025-11-14 12:07-05'),
    (41, 'charge', 56.75, 'card', 'card-047', '2025-11-28 08:08-05'),
    (42, 'charge', 103.52, 'card', 'card-048', '2025-11-30 23:32-05'),
    (43, 'charge', 15.00, 'card', 'card-049', '2025-12-05 10:03-05'),
    (44, 'charge', 24.32, 'card', 'card-050', '2025-12-12 20:04-05')
)

INSERT INTO payments (
    order_id, kind, amount, provider, provider_reference, occurred_at, created_at
)
SELECT
    order_id,
    kind,
    amount,
    provider,
    provider_reference,
    occurred_at::TIMESTAMPTZ AS occurred_at,
    -- A bank tells of a chargeback the next morning.
    occurred_at::TIMESTAMPTZ
    + CASE kind WHEN 'chargeback' THEN INTERVAL '11 hours' ELSE INTERVAL '0' END AS created_at
FROM moved
ORDER BY right(provider_reference, 3);

-- Parcels. The first of an order takes the delivery along.
WITH parcel (
    shipment_id, order_id, carrier, tracking_number, shipped_at, delivered_at
) AS (
    VALUES
    (1, 1, 'Pony Express', 'P0001', '2024-11-05 10:07-05', '2024-11-08 14:11-05'),
    (2, 2, 'Pony Express', 'P0002', '2024-11-06 11:14-05', '2024-11-08 14:22-05'),
    (3, 3, 'Canada Post', 'P0003', '2024-11-21 12:21-05', '2024-11-24 14:33-05'),
    (4, 5, 'Pony Express', 'P0004', '2024-12-01 09:00:01-05', '2024-12-07 14:55-05'),
    (5, 4, 'Pony Express', 'P0005', '2024-12-02 09:28-05', '2024-12-04 14:44-05'),
    (6, 6, 'Pony Express', 'P0006', '2024-12-11 11:42-05', '2024-12-13 14:06-05'),
    (7, 7, 'Pony Express', 'P0007', '2024-12-20 12:49-05', '2024-12-23 14:17-05'),
    (8, 8, 'Pony Express', 'P0008', '2024-12-27 09:56-05', '2024-12-29 14:28-05'),
    (9, 9, 'Pony Express', 'P0009', '2025-01-01 10:03-05', '2025-01-04 14:39-05'),
    (10, 11, 'Canada Post', 'P0010', '2025-01-18 12:17-05', '2025-01-21 14:01-05'),
    (11, 13, 'Pony Express', 'P0011', '2025-01-30 10:31-05', NULL),
    (12, 14, 'Pony Express', 'P0012', '2025-02-17 11:38-05', '2025-02-19 14:34-05'),
    (13, 15, 'Pony Express', 'P0013', '2025-03-10 12:45-04', '2025-03-13 14:45-04'),
    (14, 16, 'Pony Express', 'P0014', '2025-03-11 09:52-04', '2025-03-13 14:56-04'),
    (15, 17, 'Pony Express', 'P0015', '2025-03-18 10:59-04', '2025-03-21 14:07-04'),
    (16, 18, 'Pony Express', 'P0016', '2025-03-21 11:06-04', '2025-03-23 14:18-04'),
    (17, 17, 'Pony Express', 'P0017', '2025-03-22 10:59-04', '2025-03-25 14:07-04'),
    (18, 19, 'Pony Express', 'P0018', '2025-04-07 12:13-04', '2025-04-10 14:29-04'),
    (19, 20, 'Canada Post', 'P0019', '2025-04-15 09:20-04', '2025-04-17 14:40-04'),
    (20, 21, 'Canada Post', 'P0020', '2025-05-01 10:27-04', '2025-05-04 14:51-04'),
    (21, 22, 'Pony Express', 'P0021', '2025-05-12 11:34-04', '2025-05-14 14:02-04'),
    (22, 23, 'Pony Express', 'P0022', '2025-05-21 12:41-04', '2025-05-24 14:13-04'),
    (23, 25, 'Pony Express', 'P0023', '2025-06-04 10:55-04', '2025-06-07 14:35-04'),
    (24, 25, 'Pony Express', 'P0024', '2025-06-11 10:55-04', '2025-06-14 14:35-04'),
    (25, 26, 'Pony Express', 'P0025', '2025-06-18 11:02-04', '2025-06-20 14:46-04'),
    (26, 27, 'Pony Express', 'P0026', '2025-07-01 12:09-04', '2025-07-04 14:57-04'),
    (27, 28, 'Pony Express', 'P0027', '2025-07-03 09:16-04', '2025-07-05 14:08-04'),
    (28, 29, 'Pony Express', 'P0028', '2025-07-07 10:23-04', '2025-07-10 14:19-04'),
    (29, 30, 'Canada Post', 'P0029', '2025-07-21 11:30-04', '2025-07-23 14:30-04'),
    (30, 31, 'Canada Post', 'P0030', '2025-09-07 12:37-04', '2025-09-10 14:41-04'),
    (31, 32, 'Pony Express', 'P0031', '2025-09-22 09:44-04', '2025-09-24 14:52-04'),
    (32, 33, 'Pony Express', 'P0032', '2025-10-04 10:51-04', '2025-10-07 14:03-04'),
    (33, 34, 'Pony Express', 'P0033', '2025-10-12 11:58-04', '2025-10-14 14:14-04'),
    (34, 35, 'Pony Express', 'P0034', '2025-10-20 12:05-04', '2025-10-23 14:25-04'),
    (35, 36, 'Pony Express', 'P0035', '2025-10-25 09:12-04', '2025-10-27 14:36-04'),
    (36, 37, 'Pony Express', 'P0036', '2025-11-02 10:19-05', '2025-11-05 14:47-05'),
    (37, 38, 'Pony Express', 'P0037', '2025-11-05 11:26-05', '2025-11-07 14:58-05'),
    (38, 39, 'Pony Express', 'P0038', '2025-11-08 12:33-05', '2025-11-11 14:09-05'),
    (39, 40, 'Pony Express', 'P0039', '2025-11-16 09:40-05', NULL),
    (40, 41, 'Canada Post', 'P0040', '2025-12-01 10:47-05', NULL),
    (41, 42, 'Pony Express', 'P0041', '2025-12-01 11:54-05', NULL)
)

INSERT INTO shipments (
    shipment_id, order_id, carrier, tracking_number, shipped_at, delivered_at, delivery_net,
    delivery_tax
)
OVERRIDING SYSTEM VALUE
SELECT
    parcel.shipment_id,
    parcel.order_id,
    parcel.carrier,
    parcel.tracking_number,
    parcel.shipped_at::TIMESTAMPTZ AS shipped_at,
    parcel.delivered_at::TIMESTAMPTZ AS delivered_at,
    coalesce(
        orders.shipping_fee
        - CASE WHEN orders.prices_include_tax THEN orders.shipping_tax ELSE 0 END,
        0
    ) AS delivery_net,
    coalesce(orders.shipping_tax, 0) AS delivery_tax
FROM parcel
LEFT JOIN orders ON parcel.order_id = orders.order_id AND parcel.shipment_id NOT IN (17, 24);

-- What was in them, and what it was worth: all of the order, but for these four.
INSERT INTO shipment_items (shipment_id, order_id, line_no, quantity, net, tax)
SELECT
    shipments.shipment_id,
    order_items.order_id,
    order_items.line_no,
    order_items.quantity,
    order_items.line_total
    - CASE WHEN orders.prices_include_tax THEN order_items.tax ELSE 0 END AS net,
    order_items.tax
FROM order_items
INNER JOIN orders ON order_items.order_id = orders.order_id
INNER JOIN shipments ON order_items.order_id = shipments.order_id
WHERE order_items.order_id NOT IN (17, 25, 29, 42);
INSERT INTO shipment_items (shipment_id, order_id, line_no, quantity, net, tax) VALUES
(15, 17, 1, 2, 46.87, 4.69),
(17, 17, 2, 1, 28.13, 2.81),
(23, 25, 1, 1, 11.54, 0.46),
(23, 25, 2, 1, 11.54, 0.46),
(23, 25, 3, 6, 23.08, 0.92),  -- six of ten: of 38.46 and 1.54
(24, 25, 3, 4, 15.38, 0.62),  -- what was left of it
(28, 29, 1, 3, 54.00, 6.48),  -- what the cancelled two had left
(28, 29, 2, 26, 39.00, 4.68),
(41, 42, 2, 3, 36.00, 1.44);

-- What came back, or, of order 13, never got there.
INSERT INTO returns (
    order_id, line_no, shipment_id, quantity, restocked, reason, created_at
)
VALUES
(13, 1, 11, 5, FALSE, 'nobody was in', '2025-02-05 11:00-05'),
(11, 2, 10, 1, TRUE, 'wrong length', '2025-02-10 15:00-05'),
(22, 1, 21, 1, TRUE, 'one is enough', '2025-05-20 12:00-04'),
(31, 2, 30, 1, TRUE, 'points south', '2025-12-14 09:00-05');

-- What orders are worth less since. Half of the lanterns' 69.55 and 6.95 is rounded each by itself:
-- 34.78 and 3.48. The ten off order 20 are spread over the 35.92 and 8.08 of its lines and the 5.00
-- of its delivery, 49.00 in all: 7.33, then 8.98 less 7.33, then 10.00 less 8.98; and of each part
-- the tax that its line has.
INSERT INTO credits (
    order_id, credit_no, line_no, kind, quantity, net, tax, is_supplied, reason, created_at
)
VALUES
(13, 1, 1, 'return', 5, 20.00, 0.80, TRUE, 'nobody was in', '2025-02-05 11:00-05'),
(13, 1, NULL, 'delivery', NULL, 5.00, 0.50, TRUE, 'nobody was in', '2025-02-05 11:00-05'),
(11, 1, 2, 'return', 1, 18.00, 0.90, TRUE, 'wrong length', '2025-02-10 15:00-05'),
(22, 1, 1, 'return', 1, 34.78, 3.48, TRUE, 'one is enough', '2025-05-20 12:00-04'),
(20, 1, 1, 'allowance', NULL, 6.98, 0.35, TRUE, 'a crack in the glass', '2025-05-31 23:30-04'),
(20, 1, 2, 'allowance', NULL, 1.65, 0.00, TRUE, 'a crack in the glass', '2025-05-31 23:30-04'),
(20, 1, NULL, 'allowance', NULL, 0.97, 0.05, TRUE, 'a crack in the glass', '2025-05-31 23:30-04'),
(29, 1, 1, 'cancellation', 2, 36.00, 4.32, FALSE, 'three will do', '2025-07-05 08:00-04'),
(31, 1, 2, 'return', 1, 30.00, 1.50, TRUE, 'points south', '2025-12-14 09:00-05');

-- Invoices and credit notes of orders placed since New Year 2025; those of before are on paper.
-- Each was issued the moment its parcel left, or its credit on what had left was granted. The
-- Invisible Man, who gave no address, still stands on his invoice.
WITH due (kind, order_id, shipment_id, credit_no, issued_at) AS (
    SELECT
        'invoice',
        order_id,
        shipment_id,
        NULL::INT,
        shipped_at
    FROM shipments
    UNION ALL
    SELECT DISTINCT
        'credit_note',
        order_id,
        NULL::INT,
        credit_no,
        created_at
    FROM credits
    WHERE is_supplied
)

INSERT INTO documents (
    document_id, kind, series, number, order_id, shipment_id, credit_no, issued_at, issued_on,
    country_code, region_code, seller, buyer, buyer_until
)
OVERRIDING SYSTEM VALUE
SELECT
    row_number() OVER (ORDER BY due.issued_at) AS document_id,
    due.kind,
    CASE due.kind WHEN 'invoice' THEN 'INV' ELSE 'CN' END AS series,
    row_number() OVER (PARTITION BY due.kind ORDER BY due.issued_at) AS number,
    due.order_id,
    due.shipment_id,
    due.credit_no,
    due.issued_at,
    (due.issued_at AT TIME ZONE store_settings.time_zone)::DATE AS issued_on,
    orders.ship_to_country AS country_code,
    orders.ship_to_region AS region_code,
    store_settings.legal_address
    || jsonb_build_object('name', store_settings.legal_name, 'vat_id', NULL) AS seller,
    coalesce(
        orders.bill_to,
        orders.ship_to,
        jsonb_build_object(
            'recipient', CASE due.order_id
                WHEN 26 THEN 'Griffin'
                ELSE customers.first_name || ' ' || customers.last_name
            END
        )
    ) AS buyer,
    DATE '2035-12-31' AS buyer_until
FROM due
INNER JOIN orders ON due.order_id = orders.order_id
INNER JOIN customers ON orders.customer_id = customers.customer_id
INNER JOIN store_settings ON orders.created_at >= store_settings.documents_from;

-- What sums up the rows above is summed, not typed a second time.
UPDATE orders SET
    paid_amount = moved.paid,
    refunded_amount = moved.refunded,
    charged_back_amount = moved.charged_back
FROM (
    SELECT
        order_id,
        coalesce(sum(amount) FILTER (WHERE kind = 'charge'), 0) AS paid,
        coalesce(sum(amount) FILTER (WHERE kind = 'refund'), 0) AS refunded,
        coalesce(sum(amount) FILTER (WHERE kind = 'chargeback'), 0) AS charged_back
    FROM payments
    GROUP BY order_id
) AS moved
WHERE orders.order_id = moved.order_id;

-- Whoever paid, paid at once and in full, but for Scrooge (43) and, too late, Rip (12).
UPDATE orders SET paid_at = paid.created_at
FROM (
    SELECT
        order_id,
        min(created_at) AS created_at
    FROM payments
    GROUP BY order_id
) AS paid
WHERE orders.order_id = paid.order_id AND orders.order_id NOT IN (12, 43);
UPDATE orders SET paid_at = created_at WHERE total = 0;

UPDATE orders SET credited_amount = given.amount
FROM (
    SELECT
        order_id,
        sum(amount) AS amount
    FROM credits
    GROUP BY order_id
) AS given
WHERE orders.order_id = given.order_id;

UPDATE order_items SET shipped_quantity = sent.quantity
FROM (
    SELECT
        order_id,
        line_no,
        sum(quantity) AS quantity
    FROM shipment_items
    GROUP BY order_id, line_no
) AS sent
WHERE order_items.order_id = sent.order_id AND order_items.line_no = sent.line_no;

UPDATE order_items SET returned_quantity = returned.quantity
FROM (
    SELECT
        order_id,
        line_no,
        sum(quantity) AS quantity
    FROM returns
    GROUP BY order_id, line_no
) AS returned
WHERE order_items.order_id = returned.order_id AND order_items.line_no = returned.line_no;

-- The life of every order: what the rows above tell of it, and the few things they do not.
INSERT INTO order_audit (order_id, action, details, customer_id, performed_at)
WITH sent AS (
    SELECT
        shipments.shipment_id,
        shipments.order_id,
        shipments.shipped_at,
        jsonb_agg(
            jsonb_build_object(
                'line_no', shipment_items.line_no, 'quantity', shipment_items.quantity
            )
            ORDER BY shipment_items.line_no
        ) AS items
    FROM shipments
    INNER JOIN shipment_items ON shipments.shipment_id = shipment_items.shipment_id
    GROUP BY shipments.shipment_id
),

given AS (
    SELECT
        order_id,
        created_at,
        min(kind) FILTER (WHERE kind <> 'delivery') AS kind,
        credit_no,
        sum(amount) AS amount,
        jsonb_agg(
            jsonb_build_object('line_no', line_no, 'quantity', quantity) ORDER BY line_no
        ) FILTER (WHERE quantity IS NOT NULL) AS items
    FROM credits
    GROUP BY order_id, credit_no, created_at
),

life (order_id, step, action, details, performed_at) AS (
    SELECT
        order_id,
        1,
        'placed',
        jsonb_build_object('total', total),
        created_at
    FROM orders
    UNION ALL
    SELECT
        order_id,
        2,
        'released',
        '{}',
        released_at
    FROM orders
    WHERE released_at IS NOT NULL
    UNION ALL
    SELECT
        order_id,
        3,
        CASE kind
            WHEN 'cancellation' THEN 'items_cancelled'
            WHEN 'return' THEN 'returned'
            ELSE kind
        END,
        jsonb_strip_nulls(
            jsonb_build_object('credit_no', credit_no, 'items', items, 'amount', amount)
        ),
        created_at
    FROM given
    UNION ALL
    SELECT
        order_id,
        4,
        CASE kind WHEN 'charge' THEN 'payment' ELSE kind END,
        jsonb_build_object('payment_id', payment_id, 'amount', amount, 'provider', provider),
        created_at
    FROM payments
    UNION ALL
    SELECT
        order_id,
        5,
        'paid',
        jsonb_build_object('total', total),
        paid_at
    FROM orders
    WHERE paid_at IS NOT NULL
    UNION ALL
    SELECT
        order_id,
        6,
        'shipped',
        jsonb_build_object(
            'shipment_id', shipment_id, 'items', items, 'complete', shipment_id NOT IN (15, 23, 41)
        ),
        shipped_at
    FROM sent
    UNION ALL
    SELECT
        order_id,
        7,
        'delivered',
        jsonb_build_object('shipment_ids', ARRAY[shipment_id]),
        delivered_at
    FROM shipments
    WHERE delivered_at IS NOT NULL
    UNION ALL
    SELECT
        order_id,
        8,
        'written_off',
        jsonb_build_object('amount', balance),
        written_off_at
    FROM orders
    WHERE written_off_at IS NOT NULL
    UNION ALL
    SELECT
        orders.order_id,
        9,
        'erased',
        '{}',
        customers.erased_at
    FROM orders
    INNER JOIN customers ON orders.customer_id = customers.customer_id
    WHERE customers.erased_at IS NOT NULL
    UNION ALL
    SELECT
        order_id,
        10,
        CASE order_id WHEN 12 THEN 'expired' ELSE 'cancelled' END,
        '{}',
        cancelled_at
    FROM orders
    WHERE cancelled_at IS NOT NULL
    UNION ALL
    SELECT
        order_id,
        12,
        'document',
        jsonb_build_object(
            'document_id', document_id, 'kind', kind, 'series', series, 'number', number
        ),
        issued_at
    FROM documents
    UNION ALL
    VALUES (43, 11, 'hold_changed', JSONB '{"until": null}', TIMESTAMPTZ '2025-12-05 10:15-05')
)

SELECT
    order_id,
    action,
    details,
    NULL AS customer_id,
    performed_at
FROM life
ORDER BY performed_at, order_id, step;

-- The next row of each kind takes the next number.
SELECT setval(pg_get_serial_sequence('customers', 'customer_id'), max(customer_id)) FROM customers;
SELECT setval(pg_get_serial_sequence('addresses', 'address_id'), max(address_id)) FROM addresses;
SELECT setval(pg_get_serial_sequence('categories', 'category_id'), max(category_id))
FROM categories;
SELECT setval(pg_get_serial_sequence('styles', 'style_id'), max(style_id)) FROM styles;
SELECT setval(pg_get_serial_sequence('products', 'product_id'), max(product_id)) FROM products;
SELECT setval(pg_get_serial_sequence('orders', 'order_id'), max(order_id)) FROM orders;
SELECT setval(pg_get_serial_sequence('shipments', 'shipment_id'), max(shipment_id)) FROM shipments;
SELECT setval(pg_get_serial_sequence('documents', 'document_id'), max(document_id)) FROM documents;
