-- store_clock: looked up in it, an instant is what AT TIME ZONE makes of it, in zones that change
-- their clocks in every way there is.
BEGIN;
SELECT plan(4);
UPDATE orders SET created_at = '1990-01-01 10:11:12.345678+00' WHERE order_id = 1;
UPDATE orders SET created_at = '2037-12-31 23:59:59+00' WHERE order_id = 2;

CREATE TEMPORARY TABLE readings (time_zone TEXT, at TIMESTAMPTZ, local_time TIMESTAMP);
DO $$
DECLARE
    v_time_zone TEXT;
BEGIN
    FOREACH v_time_zone IN ARRAY ARRAY[
        'UTC', 'Europe/London', 'America/St_Johns', 'America/Goose_Bay', 'America/Havana',
        'America/Sao_Paulo', 'America/Recife', 'Africa/Casablanca', 'Asia/Gaza', 'Asia/Kathmandu',
        'Asia/Tehran', 'Antarctica/Casey', 'Antarctica/Troll', 'Australia/Lord_Howe',
        'Pacific/Apia', 'Pacific/Kwajalein'
    ] LOOP
        UPDATE store_settings SET time_zone = v_time_zone;
        INSERT INTO readings
        SELECT
            v_time_zone,
            instants.at,
            instants.at
            AT TIME ZONE clock.utc_offsets[width_bucket(instants.at, clock.changed_at)]
        FROM store_clock() AS clock
        CROSS JOIN LATERAL (
            SELECT unnest(clock.changed_at[2:]) AS at
            UNION ALL
            SELECT unnest(clock.changed_at[2:]) - INTERVAL '1 microsecond' AS at
            UNION ALL
            SELECT generate_series(
                TIMESTAMPTZ '1990-01-01 10:11:12.345678+00', '2037-12-31', INTERVAL '37:13:11'
            ) AS at
            UNION ALL
            SELECT unnest(ARRAY[
                TIMESTAMPTZ '2009-11-01 02:30:59.999999+00', '2009-11-01 02:31+00',
                '2011-12-30 09:59:59+00', '2011-12-30 10:00+00'
            ]) AS at
        ) AS instants;
    END LOOP;
END;
$$;

SELECT ok(
    (SELECT count(*) FROM readings) > 16 * 11000, 'there is something to compare in every zone'
);
SELECT is_empty(
    'SELECT * FROM readings WHERE local_time IS DISTINCT FROM at AT TIME ZONE time_zone',
    'it shows what the zone''s name says'
);
-- Newfoundland went back from 0:01 to 23:01; Samoa had no 30 December 2011.
SELECT results_eq(
    $$
    SELECT DISTINCT time_zone, at, local_time
    FROM readings
    WHERE
        time_zone = 'America/St_Johns'
        AND at IN ('2009-11-01 02:30:59.999999+00', '2009-11-01 02:31+00')
        OR time_zone = 'Pacific/Apia' AND at IN ('2011-12-30 09:59:59+00', '2011-12-30 10:00+00')
    ORDER BY time_zone, at
    $$,
    $$
    VALUES
    ('America/St_Johns', TIMESTAMPTZ '2009-11-01 02:30:59.999999+00',
        TIMESTAMP '2009-11-01 00:00:59.999999'),
    ('America/St_Johns', '2009-11-01 02:31+00', '2009-10-31 23:01'),
    ('Pacific/Apia', '2011-12-30 09:59:59+00', '2011-12-29 23:59:59'),
    ('Pacific/Apia', '2011-12-30 10:00+00', '2011-12-31 00:00')
    $$,
    'worked out by hand'
);
SELECT set_config('app.report_now', '2026-01-01 12:00+00', TRUE);
SELECT is(
    (SELECT today FROM store_clock()), '2026-01-02'::DATE, 'in Apia it is a day later by then'
);
SELECT * FROM finish();
ROLLBACK;
