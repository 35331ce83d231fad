-- return_items: what came back, onto the shelf or not. Jo's harpoon (order 40, 134.40) is on its
-- way; all of her order 13 came back before it was refunded.
BEGIN;
SELECT plan(8);

SELECT throws_ok(
    $$SELECT return_items(13, '[{"line_no": 1, "quantity": 1}]')$$, 'ST008', NULL,
    'what came back does not come back again'
);
SELECT lives_ok(
    $$SELECT return_items(18, '[{"line_no": 1, "quantity": 1}]', FALSE)$$,
    'goods may follow the money: a refunded order takes returns'
);
SELECT lives_ok(
    $$SELECT return_items(40, '[{"line_no": 1, "quantity": 1}]', FALSE, 'bent')$$,
    'a parcel may be refused at the door'
);
SELECT results_eq(
    'SELECT product_id, on_hand FROM inventory WHERE product_id = 1', 'VALUES (1, 4)',
    'what is not restocked is not on the shelf'
);
SELECT results_eq(
    'SELECT line_no, quantity, restocked, reason FROM returns WHERE order_id = 40',
    $$VALUES (1, 1, FALSE, 'bent')$$, 'it is written down'
);
SELECT results_eq(
    $$SELECT details -> 'value', details -> 'restocked' FROM order_audit
    WHERE order_id = 40 AND action = 'returned'$$,
    $$VALUES ('134.40'::JSONB, 'false'::JSONB)$$, 'the audit trail says what it was worth'
);
SELECT results_eq(
    'SELECT amount_due FROM refunds_due WHERE order_id = 40', 'VALUES (134.40)',
    'which is due back'
);
SELECT is_empty('TABLE integrity_violations', 'the books are sound');

SELECT * FROM finish();
ROLLBACK;
