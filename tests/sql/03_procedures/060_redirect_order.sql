-- redirect_order: another destination while nothing has left, at the same taxes. Anne (3) may have
-- parcels sent to Green Gables (her default) or Beechwood (4), both in Canada.
BEGIN;
SELECT plan(8);

SELECT place_order(3, '[{"product_id": 3, "quantity": 1}]', 'anne');
SELECT redirect_order(order_id, 4) FROM orders WHERE idempotency_key = 'anne';
SELECT results_eq(
    $$SELECT ship_to ->> 'line1', bill_to ->> 'line1' FROM orders WHERE idempotency_key = 'anne'$$,
    $$VALUES ('Beechwood', 'Green Gables')$$, 'the parcel goes elsewhere, the buyer stays'
);
SELECT results_eq(
    $$SELECT action, details FROM order_audit INNER JOIN orders USING (order_id)
    WHERE idempotency_key = 'anne' AND action <> 'placed'$$,
    $$VALUES ('redirected'::VARCHAR, '{"country_code": "CA", "region_code": "PE"}'::JSONB)$$,
    'the audit trail tells of it, and no street'
);
INSERT INTO addresses (customer_id, recipient, line1, city, country_code)
VALUES (3, 'Anne', 'Redmond', 'Boston', 'US'), (3, 'Anne', 'Rue', 'Paris', 'FR');
CREATE TEMP TABLE elsewhere AS
SELECT
    addresses.line1,
    format('SELECT redirect_order(%s, %s)', orders.order_id, addresses.address_id) AS call
FROM orders CROSS JOIN addresses
WHERE orders.idempotency_key = 'anne';
SELECT throws_ok(
    call, 'ST007', NULL, 'where the taxes are others the order would cost something else'
) FROM elsewhere WHERE line1 = 'Redmond';
SELECT throws_ok(
    call, 'ST002', 'country FR is not served', 'where the store does not go it cannot go'
) FROM elsewhere WHERE line1 = 'Rue';
SELECT throws_ok(
    format('SELECT redirect_order(%s, 1)', order_id), 'ST002', 'address 1 is unknown',
    'nor to a stranger'
) FROM orders WHERE idempotency_key = 'anne';
SELECT throws_ok(
    $$SELECT redirect_order(42, 2)$$, 'ST005', NULL, 'what has left in part is on its way'
);
SELECT throws_ok(
    format('UPDATE orders SET ship_to_country = %L WHERE order_id = 41', 'US'), '55000', NULL,
    'not even the owner sends elsewhere what has left'
);
SELECT is_empty('TABLE integrity_violations', 'the books are sound');

SELECT * FROM finish();
ROLLBACK;
