-- styles: their products have exactly their options, and no two the same.
BEGIN;
SELECT plan(27);
INSERT INTO styles (style_id, name, option_names) OVERRIDING SYSTEM VALUE VALUES
(901, 'Pea Coat', '{Size,Colour}'),
(902, 'Sou''wester', '{Size}');

-- What a style may differ in

SELECT
    throws_ok(
        format('INSERT INTO styles (name, option_names) VALUES (''Sock'', %L)', names),
        '23514',
        NULL,
        format('no style differs in %s', names)
    )
FROM (
    VALUES
    ('{}'),
    ('{Size,Size}'),
    ('{Size,NULL}'),
    ('{""}'),
    ('{" Size"}'),
    ('{1,2,3,4,5,6}'),
    ('{{Size},{Colour}}'),
    (format('{%s}', repeat('x', 51)))
) AS bad (names);

-- What a product may be

CREATE FUNCTION pg_temp.variant(p_style_id INT, p_options TEXT) RETURNS TEXT
LANGUAGE sql
RETURN format(
    'INSERT INTO products (sku, name, price, style_id, options)
    VALUES (''COAT'', ''Coat'', 1, %L, %L)',
    p_style_id, p_options
);
SELECT throws_ok(pg_temp.variant(901, options), state, NULL, description)
FROM (
    VALUES
    ('{"Size": "M"}', '23503', 'a product has all of its style''s options'),
    ('{"Size": "M", "Colour": "Blue", "Fit": "Slim"}', '23503', 'and no other'),
    ('{"size": "M", "Colour": "Blue"}', '23503', 'by their very names'),
    ('{}', '23514', 'none is not enough'),
    ('{"Size": 1, "Colour": "Blue"}', '23514', 'each is a text'),
    ('{"Size": ["M"], "Colour": "Blue"}', '23514', 'not a list'),
    ('{"Size": null, "Colour": "Blue"}', '23514', 'not nothing'),
    ('{"Size": "", "Colour": "Blue"}', '23514', 'not empty'),
    ('{"Size": "M ", "Colour": "Blue"}', '23514', 'clean'),
    ('["Size", "Colour"]', '23514', 'and by name')
) AS bad (options, state, description);
SELECT throws_ok(
    pg_temp.variant(901, '{"size": "M", "Colour": "Blue"}'), '23503',
    'a product of style 901 has the options Size, Colour', 'and these are said'
);
SELECT throws_ok(
    pg_temp.variant(901, format('{"Size": "%s", "Colour": "Blue"}', repeat('M', 51))),
    '23514', NULL, 'and of at most fifty characters'
);
SELECT throws_ok(
    pg_temp.variant(NULL, '{"Size": "M"}'), '23514', NULL, 'without a style there is no choice'
);
SELECT lives_ok(
    pg_temp.variant(901, format('{"Colour": "Blue", "Size": "%s"}', repeat('M', 50))),
    'fifty will do, in any order'
);
UPDATE products SET options = '{"Size": "M", "Colour": "Blue"}' WHERE sku = 'COAT';
SELECT throws_ok(
    replace(pg_temp.variant(901, '{"Colour": "Blue", "Size": "M"}'), 'COAT', 'COAT2'),
    '23505', NULL, 'no two products of a style are alike'
);

-- What stays

SELECT
    throws_ok(
        format('UPDATE styles SET option_names = %L WHERE style_id = 901', names), '55000', NULL,
        format('a style with products differs in what it did, not in %s', names)
    )
FROM (VALUES ('{Size}'), ('{Colour,Size}')) AS other (names);
SELECT throws_ok(
    'DELETE FROM styles WHERE style_id = 901', '23503', NULL, 'nor does it go while it has some'
);
-- Deactivated ones count, until they have moved.
UPDATE products SET is_active = FALSE, style_id = 902, options = '{"Size": "M"}' WHERE sku = 'COAT';
SELECT lives_ok(
    'UPDATE styles SET option_names = ''{Colour,Size}'' WHERE style_id = 901', 'without any it may'
);
SELECT * FROM finish();
ROLLBACK;
