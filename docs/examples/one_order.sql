-- An order's whole life, in the demo store: quoted, placed, paid, shipped in two parcels,
-- delivered, made cheaper, returned in part, refunded. Tom (5) buys a kettle and three ropes.

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

-- What he is told it is called, by mail and on the phone: another number in every store.
SELECT order_number(:tom) AS number \gset
SELECT order_id_of(lower(:'number')) = :tom AS is_his_order, order_id_of('2222-2223') AS mistyped;

-- The provider's webhook, delivered twice: one payment.
SELECT record_payment(:tom, 'stripe', 'ch_tom_1', 96.32) AS tom_paid \gset
SELECT record_payment(:tom, 'stripe', 'ch_tom_1', 96.32) = :tom_paid AS is_the_same_payment;
SELECT status, payment_status, total, balance FROM orders WHERE order_id = :tom;

-- Two ropes are on the shelf where the packer is; the rest follows. Each parcel carries what its
-- units are worth, the first the delivery too.
SELECT ship_order(
    :tom, 'Nantucket Post', 'NP 1', '[{"line_no": 2, "quantity": 2}]'
) > 0 AS left_in_part;
SELECT status FROM orders WHERE order_id = :tom;
SELECT ship_order(:tom, 'Nantucket Post', 'NP 2') > 0 AS left_whole;
SELECT tracking_number, delivery_net, delivery_tax, line_no, quantity, net, tax
FROM shipments INNER JOIN shipment_items USING (shipment_id, order_id)
WHERE order_id = :tom ORDER BY tracking_number, line_no;
SELECT deliver_order(:tom);
SELECT status FROM orders WHERE order_id = :tom;
SELECT product_id, on_hand, reserved, available
FROM inventory WHERE product_id IN (3, 8) ORDER BY 1;

-- The kettle has a dent, and Tom keeps it for five less. The order is worth less now, and what he
-- paid too much is due.
SELECT grant_allowance(:tom, 5.00, 'a dent', 1) AS credit_no;
SELECT payment_status, total, credited_amount, balance FROM orders WHERE order_id = :tom;
SELECT refund_order(:tom, 'stripe', 're_tom_1', 5.00) > 0 AS refunded;

-- More than is due is refused: to give it is to make the order cheaper, and has to be said.
\set SHOW_CONTEXT never
SELECT refund_order(:tom, 'stripe', 're_tom_2', 5.00) > 0 AS refunded;
\echo :LAST_ERROR_SQLSTATE

-- One rope comes back, fit to be sold again. It is worth its share of discount and tax.
SELECT return_items(:tom, '[{"line_no": 2, "quantity": 1}]', p_reason => 'too long');
SELECT amount_due FROM refunds_due WHERE order_id = :tom;
SELECT refund_order(:tom, 'stripe', 're_tom_2', 18.14) > 0 AS refunded;
SELECT credit_no, kind, line_no, quantity, net, tax, amount
FROM credits WHERE order_id = :tom ORDER BY credit_no;
SELECT status, payment_status, total, credited_amount, paid_amount, refunded_amount, balance
FROM orders WHERE order_id = :tom;

-- All of it is told in the audit trail, and the books still balance.
SELECT action, details - 'payment_id' - 'shipment_id' - 'shipment_ids' AS details
FROM order_audit WHERE order_id = :tom ORDER BY id;
SELECT * FROM integrity_violations;
