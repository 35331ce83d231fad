-- customer_overview: customers of the seed, worked out by hand.
BEGIN;
SELECT plan(2);

SELECT bag_eq(
    $$SELECT customer_id, order_count, open_orders, net_revenue, amount_due, amount_owed,
        last_order_at
    FROM customer_overview WHERE customer_id IN (2, 4, 5, 8, 10, 11, 12, 13)$$,
    $$SELECT customer_id, orders::BIGINT, open::BIGINT, net, due, owed, last_at::TIMESTAMPTZ
    FROM (VALUES
    -- Jo: 26.30 + (26.30 - 26.30) + 25.00 + 45.92 + 134.40 (shipped) + 103.52 (paid).
    (2, 6, 2, 335.14, 0.00, 0.00, '2025-11-30 23:30-05'),
    -- Gatsby: as in customer_lifetime_value; order 39 is on account, 18 was written off.
    (4, 10, 1, 939.80, 0.00, 99.20, '2025-12-12 20:00-05'),
    -- Tom: 45.10 + 29.70, and paid 4.90 too much.
    (5, 2, 0, 74.80, 4.90, 0.00, '2025-03-09 01:59:59-05'),
    -- Gilbert: 120.00 + 73.00 - 31.50, which is due; order 10 was cancelled.
    (8, 2, 0, 161.50, 31.50, 0.00, '2025-09-05 09:30-04'),
    -- The Invisible Man: 32.54 + 35.00.
    (10, 2, 0, 67.54, 0.00, 0.00, '2025-06-15 10:10-04'),
    -- Bartleby would prefer not to.
    (11, 0, 0, 0.00, 0.00, 0.00, NULL),
    -- Rip: a cancelled order is none, but its money is due.
    (12, 0, 0, 0.00, 45.10, 0.00, NULL),
    -- Scrooge: pending counts as ordered.
    (13, 1, 1, 30.00, 0.00, 0.00, '2025-12-05 10:00-05')
    ) AS worked_out (customer_id, orders, open, net, due, owed, last_at)$$,
    'orders, open ones, net revenue and who owes whom'
);
SELECT results_eq(
    $$SELECT customer_id, first_name::TEXT, last_name::TEXT, is_vip FROM customer_overview
    WHERE email = 'jay@westegg.example'$$,
    $$VALUES (4, 'Jay', 'Gatsby', TRUE)$$,
    'found by e-mail, with the name'
);
SELECT * FROM finish();
ROLLBACK;
