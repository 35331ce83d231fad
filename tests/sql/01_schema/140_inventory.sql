-- inventory: no more is promised than there is, whoever writes it. Of the harpoon (1) four are on
-- the shelf.
BEGIN;
SELECT plan(5);

UPDATE inventory SET reserved = 0 WHERE product_id = 1;
SELECT results_eq(
    'UPDATE inventory SET reserved = 4 WHERE product_id = 1 RETURNING available, is_available',
    'VALUES (0, FALSE)', 'all there is can be promised, and then there is none to be had'
);
SELECT
    throws_ok(
        format('UPDATE inventory SET %s WHERE product_id = 1', change), '23514', NULL,
        change || ' is refused'
    )
FROM (
    VALUES ('reserved = 5'), ('reserved = -1'), ('on_hand = 3'), ('on_hand = -1, reserved = -1')
) AS attempt (change);

SELECT * FROM finish();
ROLLBACK;
