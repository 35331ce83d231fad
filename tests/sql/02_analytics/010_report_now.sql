-- report_now: now, unless somebody says otherwise, and then an instant or nothing.
BEGIN;
SELECT plan(7);
SELECT throws_ok(
    $$SELECT set_config('app.report_now', 'yesteryear', TRUE), report_now()$$, '22007', NULL,
    'a word is refused'
);
SELECT throws_ok(
    $$SELECT set_config('app.report_now', '2026-02-30', TRUE), report_now()$$, '22008', NULL,
    'a day that does not exist is refused'
);
SELECT throws_ok(
    $$SELECT set_config('app.report_now', '-Infinity', TRUE), report_now()$$, '22007', NULL,
    'an instant that never comes is refused'
);
SELECT set_config('app.report_now', '', TRUE);
SELECT is(report_now(), now(), 'an empty setting means now');
SELECT set_config('app.report_now', '2026-03-01 12:00+02', TRUE);
SELECT is(report_now(), '2026-03-01 10:00+00', 'the setting is the instant it says');
SELECT set_config('TimeZone', 'America/New_York', TRUE);
SELECT is(report_now(), '2026-03-01 10:00+00', 'whatever the session''s zone');
SELECT set_config('app.report_now', NULL, TRUE);
SELECT is(report_now(), now(), 'without a setting it is now');
SELECT * FROM finish();
ROLLBACK;
