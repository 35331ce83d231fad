-- first_instant_of: where a day begins, also where the clocks change at midnight.
BEGIN;
SELECT plan(9);
SELECT is(
    first_instant_of('2025-11-01', 'Europe/London'), '2025-11-01 00:00+00',
    'a winter day in London begins at midnight UTC'
);
SELECT is(
    first_instant_of('2025-07-01', 'Europe/London'), '2025-06-30 23:00+00',
    'a summer day in London begins an hour before'
);
SELECT is(
    first_instant_of('2026-11-01', 'America/Havana'), '2026-11-01 04:00+00',
    'a day that has midnight twice begins at the first'
);
SELECT is(
    first_instant_of('2017-10-01', 'America/Asuncion'), '2017-10-01 04:00+00',
    'a day that skips midnight begins at 1:00'
);
SELECT is(
    first_instant_of('2014-10-26', 'Asia/Chita'), '2014-10-25 14:00+00',
    'be it two hours before the second'
);
SELECT is(
    first_instant_of('2010-03-05', 'Antarctica/Casey'), '2010-03-04 13:00+00',
    'or three, with an hour of the day before in between'
);
SELECT is(
    first_instant_of('2025-04-01', 'Asia/Kolkata'), '2025-03-31 18:30+00',
    'half hours are kept'
);
SELECT throws_ok(
    $$SELECT first_instant_of('2025-04-01', 'Atlantis/Poseidonis')$$, '22023', NULL,
    'a zone that does not exist is refused'
);
-- Goose Bay and Newfoundland changed their clocks at 0:01 in 2009 and so had a minute of November
-- before the last hour of October.
SELECT is_empty(
    $$
    SELECT
        pg_timezone_names.name,
        month
    FROM pg_timezone_names
    CROSS JOIN generate_series(TIMESTAMP '2010-01-01', '2037-12-01', '1 month') AS month
    CROSS JOIN LATERAL first_instant_of(month, pg_timezone_names.name) AS starts_at
    WHERE
        starts_at AT TIME ZONE pg_timezone_names.name < month
        OR (starts_at - INTERVAL '1 microsecond') AT TIME ZONE pg_timezone_names.name >= month
    $$,
    'it is the first instant of every month in every zone'
);
SELECT * FROM finish();
ROLLBACK;
