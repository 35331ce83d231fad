-- An order's whole life, in the demo store: quoted, placed, paid, shipped in two parcels,
-- delivered, returned in part, refunded. Tom (5) buys a kettle and three ropes.

-- What would it cost, with ten per cent off? A quote changes nothing.
SELECT sku, quantity, unit_price, discount, line_total, tax, total FROM quote_order(
    '[{"product_id": 8, "quantity": 1}, {"product_id": 3, "quantity": 3}]', 'welcome10', 5
);

-- Placed at that total or not at all; the units are his from now on.
SELECT place_order(
    5, '[{"product_id": 8, "quantity": 1}, {"product_id": 3, "quantity": 3}]',
    p_coupon_code => 'welcome10', p_expected_total => 96.32
) AS tom \gset
SELECT product_id, on_hand, reserved, available
FROM inventory WHERE product_id IN (3, 8) ORDER BY 1;

-- The provider's webhook, delivered twice: one payment.
SELECT record_payment(:tom, 'stripe', 'ch_tom_1', 96.32) AS tom_paid \gset
SELECT record_payment(:tom, 'stripe', 'ch_tom_1', 96.32) = :tom_paid AS is_the_same_payment;
SELECT status, payment_status, total, paid_amount FROM orders WHERE order_id = :tom;

-- Two ropes are on the shelf where the packer is; the rest follows.
SELECT ship_order(
    :tom, 'Nantucket Post', 'NP 1', '[{"line_no": 2, "quantity": 2}]'
) > 0 AS left_in_part;
SELECT status FROM orders WHERE order_id = :tom;
SELECT ship_order(:tom, 'Nantucket Post', 'NP 2') > 0 AS left_whole;
SELECT deliver_order(:tom);
SELECT status FROM orders WHERE order_id = :tom;
SELECT product_id, on_hand, reserved, available
FROM inventory WHERE product_id IN (3, 8) ORDER BY 1;

-- One rope comes back, fit to be sold again. It is worth its share of discount and tax.
SELECT return_items(:tom, '[{"line_no": 2, "quantity": 1}]', p_reason => 'too long');
SELECT amount_due FROM refunds_due WHERE order_id = :tom;
SELECT refund_order(:tom, 'stripe', 're_tom_1', 18.14) > 0 AS refunded;
SELECT status, payment_status, paid_amount, refunded_amount FROM orders WHERE order_id = :tom;

-- All of it is told in the audit trail, and the books still balance.
SELECT action, details - 'payment_id' - 'shipment_id' - 'shipment_ids' AS details
FROM order_audit WHERE order_id = :tom ORDER BY id;
SELECT * FROM integrity_violations;
