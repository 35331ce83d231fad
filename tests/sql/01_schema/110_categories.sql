-- categories: a tree, in which a path of names leads to one category.
BEGIN;
SELECT plan(9);
INSERT INTO categories (category_id, name, parent_id)
OVERRIDING SYSTEM VALUE VALUES
(901, 'Sea', NULL),
(902, 'Rope', 901),
(903, 'Hemp', 902);
SELECT throws_ok(
    $$INSERT INTO categories (name) VALUES ('Sea')$$, '23505', NULL, 'roots have distinct names'
);
SELECT throws_ok(
    $$INSERT INTO categories (name, parent_id) VALUES ('Rope', 901)$$, '23505', NULL,
    'siblings have distinct names'
);
SELECT throws_ok(
    $$INSERT INTO categories (name) VALUES ('Sea >')$$, '23514', NULL,
    '"Sea >" and in it "Line" would read as "Sea" and in it "> Line"'
);
SELECT lives_ok(
    $$INSERT INTO categories (name, parent_id) VALUES ('> 9 mm', 902)$$,
    'which is a name like any other'
);
SELECT lives_ok(
    $$INSERT INTO categories (name, parent_id) VALUES ('Rope', 903)$$,
    'cousins may share one'
);
SELECT throws_ok(
    'UPDATE categories SET parent_id = 901 WHERE category_id = 901', '23514', NULL,
    'no category is its own parent'
);
SELECT throws_ok(
    'UPDATE categories SET parent_id = 903 WHERE category_id = 901', '23514', NULL,
    'nor its own ancestor'
);
SELECT throws_ok(
    $$INSERT INTO categories (category_id, name, parent_id)
    OVERRIDING SYSTEM VALUE VALUES (911, 'Hen', 912), (912, 'Egg', 911)$$,
    '23514', NULL, 'nor are two that arrive together'
);
SELECT lives_ok(
    'UPDATE categories SET parent_id = 901 WHERE category_id = 903', 'a branch may move up'
);
SELECT * FROM finish();
ROLLBACK;
