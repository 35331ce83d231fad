-- clean_text, clean_lines: what looks the same is stored the same.
BEGIN;
SELECT plan(6);
SELECT results_eq(
    $$SELECT clean_text(given) FROM (
        VALUES
        ('Captain Ahab'), (U&'\00A0Captain Ahab\200B'), (U&'\FEFFCaptain\0009Ahab\000A'),
        ('  Captain' || chr(1) || ' Ahab'), ('Captain' || chr(13) || chr(10) || 'Ahab')
    ) AS texts (given)$$,
    $$SELECT 'Captain Ahab' FROM generate_series(1, 5)$$,
    'a name is on one line, without what nobody sees'
);
SELECT is(
    clean_text(U&'Que\0301bec'), U&'Qu\00E9bec', 'and its accents are on their letters'
);
SELECT results_eq(
    $$SELECT clean_text(given)
    FROM (VALUES (''), (' '), (U&'\200B\00A0'), (chr(7))) AS texts (given)$$,
    'SELECT NULL::TEXT FROM generate_series(1, 4)', 'what is blank is NULL'
);
SELECT is(
    clean_text(U&'\0001 \0301e'), U&'\0301e', 'a mark that has lost its letter is no reason to fail'
);
SELECT is(
    clean_lines(U&'\000A  Swims.\000D\000A\000D\000ABreathes.\2028 \000A'),
    E'Swims.\n\nBreathes.', 'a description keeps its lines, and none before or behind'
);
SELECT is_empty(
    $$SELECT text FROM (
        SELECT chr(code) || 'x' || chr(code) || 'y' || chr(code) AS text
        FROM generate_series(1, 65535) AS code
        WHERE code NOT BETWEEN 55296 AND 57343
    ) AS texts
    WHERE clean_text(clean_text(text)) IS DISTINCT FROM clean_text(text)
    OR clean_lines(clean_lines(text)) IS DISTINCT FROM clean_lines(text)$$,
    'cleaning twice is cleaning once, around every character'
);
SELECT * FROM finish();
ROLLBACK;
