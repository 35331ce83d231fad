-- The connection broke before the answer came: was the order placed? Ask again with the same
-- key.
\set SHOW_CONTEXT never

SELECT place_order(5, '[{"product_id": 3, "quantity": 2}]', 'tom-cart-17') AS first_answer \gset

-- The same request, its numbers written another way: the same order again.
SELECT place_order(
    5, '[{"quantity": 1.0, "product_id": 3}, {"product_id": 3, "quantity": 1}]', 'tom-cart-17'
) = :first_answer AS is_the_same_order;
SELECT count(*) FROM orders WHERE idempotency_key = 'tom-cart-17';

-- Whatever became of it: a retry never buys a second time.
SELECT cancel_order(:first_answer, 'bought by mistake');
SELECT place_order(5, '[{"product_id": 3, "quantity": 2}]', 'tom-cart-17')
    = :first_answer AS is_the_same_order;

-- Another request under that key is a mistake of the client's, and says so.
SELECT place_order(5, '[{"product_id": 3, "quantity": 3}]', 'tom-cart-17') > 0 AS placed;
\echo :LAST_ERROR_SQLSTATE

-- Everybody has keys of their own.
SELECT place_order(6, '[{"product_id": 3, "quantity": 3}]', 'tom-cart-17')
    <> :first_answer AS is_another_order;
