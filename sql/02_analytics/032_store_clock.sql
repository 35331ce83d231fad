-- What the store's clock shows, for reports that ask it of every order: how far it has been from
-- UTC, and since when. Looking that up takes a third as long as AT TIME ZONE with the zone's name.
-- The clock is compared with UTC every three days, in which no zone has ever changed its clocks and
-- back; where it has moved, halving those days finds the second.

CREATE OR REPLACE FUNCTION store_clock()
RETURNS TABLE (today DATE, changed_at TIMESTAMPTZ[], utc_offsets INTERVAL[])
-- Its plan is kept: planned anew with each report it would cost more than it takes to run.
LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 1 SET search_path FROM CURRENT
AS $store_clock$
DECLARE
    v_time_zone TEXT := (SELECT time_zone FROM store_settings);
BEGIN
    RETURN QUERY
    WITH RECURSIVE history AS (
        SELECT
            date_trunc('second', min(created_at)) AS first_at,
            max(created_at) AS last_at
        FROM orders
    ),

    stretches AS (
        SELECT
            starts_at,
            INTERVAL '262144 seconds' AS length  -- 2 to the power of 18: halves are whole seconds
        FROM history
        CROSS JOIN LATERAL generate_series(
            history.first_at, history.last_at, INTERVAL '262144 seconds'
        ) AS starts_at
        UNION ALL
        SELECT
            half.starts_at,
            half.length
        FROM stretches
        CROSS JOIN LATERAL (
            VALUES
            (stretches.starts_at, stretches.length / 2),
            (stretches.starts_at + stretches.length / 2, stretches.length / 2)
        ) AS half (starts_at, length)
        WHERE
            stretches.length > INTERVAL '1 second'
            AND (stretches.starts_at + stretches.length) AT TIME ZONE v_time_zone
            - stretches.starts_at AT TIME ZONE v_time_zone <> stretches.length
    ),

    -- With a change or not, so that the lists are no short ones, which are unpacked a row; and at
    -- the second beside the change too, which costs less than to ask which of the two it is.
    looks AS (
        SELECT
            CASE WHEN length = INTERVAL '1 second' THEN starts_at + length ELSE starts_at END AS at
        FROM stretches
        WHERE length IN (INTERVAL '1 second', INTERVAL '262144 seconds')
    )

    SELECT
        (report_now() AT TIME ZONE v_time_zone)::DATE,
        array_agg(at ORDER BY at),
        array_agg(at AT TIME ZONE v_time_zone - at AT TIME ZONE 'UTC' ORDER BY at)
    FROM looks;
END;
$store_clock$;
REVOKE EXECUTE ON FUNCTION store_clock() FROM PUBLIC;
COMMENT ON FUNCTION store_clock() IS
'Today on the store''s clock, and how far ahead of UTC it has been since each of changed_at, from
the first order to the last. What it shows at an instant is that instant AT TIME ZONE
utc_offsets[width_bucket(instant, changed_at)]. One row; no lists without orders. Internal.';
