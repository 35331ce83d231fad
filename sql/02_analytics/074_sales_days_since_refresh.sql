-- Which days mv_daily_sales cannot be trusted for, at the caller's snapshot: those of orders that
-- were placed, cancelled or redated since the refresh looked. The audit trail names them, in the
-- transaction that changed the order; all else the daily figures read (total, customer) never
-- changes. Transaction numbers mean nothing in another cluster, and days nothing in another zone:
-- after a restore or a change of zone every day is live.

CREATE OR REPLACE FUNCTION sales_days_since_refresh()
RETURNS TABLE (
    sale_date DATE, time_zone TEXT, starts_at TIMESTAMPTZ, ends_at TIMESTAMPTZ
)
LANGUAGE plpgsql STABLE PARALLEL SAFE SECURITY DEFINER ROWS 1 SET search_path FROM CURRENT
-- Planned for the rows found, be they none or many.
SET plan_cache_mode = force_custom_plan
AS $sales_days_since_refresh$
DECLARE
    v_time_zone TEXT := (SELECT store_settings.time_zone FROM store_settings);
    v_watermark watermarks;
    v_days DATE[];
BEGIN
    SELECT * INTO v_watermark FROM watermarks WHERE name = 'daily_sales';
    IF _daily_sales_are_trusted() THEN
        v_days := ARRAY(
            SELECT DISTINCT (changed.sold_at AT TIME ZONE v_time_zone)::DATE
            FROM order_audit
            INNER JOIN orders ON order_audit.order_id = orders.order_id
            CROSS JOIN LATERAL (
                SELECT orders.created_at AS sold_at
                UNION ALL
                SELECT (order_audit.details ->> 'from')::TIMESTAMPTZ
                WHERE order_audit.action = 'redated'
            ) AS changed
            WHERE
                order_audit.action IN ('placed', 'cancelled', 'expired', 'redated')
                AND _is_unseen(order_audit.transaction_id, v_watermark.snapshot)
        );
    ELSE
        v_days := ARRAY(
            SELECT (orders.created_at AT TIME ZONE v_time_zone)::DATE
            FROM orders
            WHERE orders.status <> 'cancelled'
            UNION
            SELECT mv_daily_sales.sale_date FROM mv_daily_sales
        );
    END IF;
    -- Where clocks go back past midnight an hour of the day before lies in between: so the reader
    -- asks each order for its date, too.
    RETURN QUERY
    SELECT
        day,
        v_time_zone,
        first_instant_of(day::TIMESTAMP, v_time_zone),
        (day + 1)::TIMESTAMP AT TIME ZONE v_time_zone  -- of two midnights the second
    FROM unnest(v_days) AS day;
END;
$sales_days_since_refresh$;
REVOKE EXECUTE ON FUNCTION sales_days_since_refresh() FROM PUBLIC;
COMMENT ON FUNCTION sales_days_since_refresh() IS
'The store days, each once, whose sales changed since refresh_reports() looked, with the store''s
zone and the stretch of time in which their orders are found. Internal to daily_sales. Raises
nothing.';
