-- order_balance, payment_status_of: where an order's money stands, the first word that fits.
BEGIN;
SELECT plan(2);
CREATE TEMPORARY TABLE cases (
    case_no INT, status TEXT, total NUMERIC, credited NUMERIC, paid NUMERIC, refunded NUMERIC,
    charged_back NUMERIC, balance NUMERIC, payment_status TEXT
) ON COMMIT DROP;
INSERT INTO cases VALUES
-- What came.
(1, 'pending', 100, 0, 0, 0, 0, 100, 'unpaid'),
(2, 'pending', 100, 0, 99.99, 0, 0, 0.01, 'partly_paid'),
(3, 'paid', 100, 0, 100, 0, 0, 0, 'paid'),
(4, 'paid', 100, 0, 100.01, 0, 0, -0.01, 'overpaid'),
(5, 'pending', 100, 0, 40, 40, 0, 100, 'unpaid'),
-- Too much came, and went back.
(6, 'paid', 100, 0, 120, 20, 0, 0, 'paid'),
-- Free, and made free.
(7, 'paid', 0, 0, 0, 0, 0, 0, 'paid'),
(8, 'paid', 100, 100, 0, 0, 0, 0, 'waived'),
(9, 'pending', 100, 60, 0, 0, 0, 40, 'unpaid'),
-- Credited: still due, then given back, in part and in full.
(10, 'shipped', 100, 30, 100, 0, 0, -30, 'overpaid'),
(11, 'shipped', 100, 30, 100, 30, 0, 0, 'partly_refunded'),
(12, 'returned', 100, 100, 100, 100, 0, 0, 'refunded'),
(13, 'shipped', 100, 30, 70, 0, 0, 0, 'paid'),
-- Cancelled orders are worth nothing.
(14, 'cancelled', 100, 0, 0, 0, 0, 0, 'unpaid'),
(15, 'cancelled', 0, 0, 0, 0, 0, 0, 'unpaid'),
(16, 'cancelled', 100, 0, 100, 0, 0, -100, 'overpaid'),
(17, 'cancelled', 100, 0, 100, 100, 0, 0, 'refunded'),
(18, 'cancelled', 100, 0, 100, 0, 100, 0, 'refunded'),
-- The bank took it back, and gave in.
(19, 'delivered', 100, 0, 100, 0, 100, 100, 'charged_back'),
(20, 'delivered', 100, 0, 200, 0, 100, 0, 'paid'),
(21, 'returned', 100, 100, 100, 0, 100, 0, 'refunded'),
(22, 'delivered', 100, 40, 100, 40, 60, 60, 'charged_back');
SELECT results_eq(
    'SELECT case_no, order_balance(status, total, credited, paid, refunded, charged_back)
    FROM cases ORDER BY case_no',
    'SELECT case_no, balance FROM cases ORDER BY case_no',
    'the balance is what the order is still worth, less the money held for it'
);
SELECT results_eq(
    'SELECT case_no, payment_status_of(status, total, credited, paid, refunded, charged_back)
    FROM cases ORDER BY case_no',
    'SELECT case_no, payment_status FROM cases ORDER BY case_no', 'and its word the first that fits'
);
SELECT * FROM finish();
ROLLBACK;
