-- Takes a new picture of daily sales, at the cost of the days that changed. Locks nothing a writer
-- or a reader waits for, the settings neither; two refreshes take turns.

CREATE OR REPLACE FUNCTION refresh_daily_sales() RETURNS VOID
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT
SET quote_all_identifiers = off  -- which a concurrent refresh would trip over
AS $refresh_daily_sales$
DECLARE
    -- Before the picture, which then shows at least what is noted here. Whatever else it shows is
    -- computed once more until the next.
    v_snapshot PG_SNAPSHOT := _snapshot_without_own();
    v_settings TEXT := (  -- which version of their row
        SELECT concat_ws(' ', ctid, xmin) FROM store_settings
    );
BEGIN
    IF _is_filled('mv_daily_sales') THEN
        REFRESH MATERIALIZED VIEW CONCURRENTLY mv_daily_sales;
    ELSE
        REFRESH MATERIALIZED VIEW mv_daily_sales;
    END IF;
    -- Only now, since the picture was drawn from the last one and what is new to that.
    UPDATE watermarks SET
        snapshot = v_snapshot,
        system_identifier = (SELECT system_identifier FROM pg_control_system()),
        time_zone = store_settings.time_zone,
        refreshed_at = now(),
        utc_offset = now() AT TIME ZONE store_settings.time_zone - now() AT TIME ZONE 'UTC'
    FROM store_settings
    WHERE watermarks.name = 'daily_sales';
    -- The zone the picture is noted with must be the one it was taken in. Where the settings
    -- changed meanwhile it may be another: every day is computed then, until the next refresh.
    UPDATE watermarks SET snapshot = NULL, system_identifier = NULL, time_zone = NULL
    WHERE
        name = 'daily_sales'
        AND v_settings <> (SELECT concat_ws(' ', ctid, xmin) FROM store_settings);
END;
$refresh_daily_sales$;
REVOKE EXECUTE ON FUNCTION refresh_daily_sales() FROM PUBLIC;
COMMENT ON FUNCTION refresh_daily_sales() IS
'Refreshes mv_daily_sales, so that daily_sales has no live days left but those being changed.
Reads the last picture and the orders of the days that changed; all orders where the watermark''s
system_identifier is not this cluster''s: set to 0, it mends what check_integrity() finds wrong with
daily_sales. Owner only: refresh_reports() and run_maintenance() call it. Raises 40001 in a
REPEATABLE READ transaction that began before another refresh ended.';
