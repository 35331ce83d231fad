-- What each hour of the week brought, added up over every order there is: what sales_by_hour must
-- show and, without its stored sums, begins with.

CREATE OR REPLACE FUNCTION _live_hourly_sales()
RETURNS TABLE (iso_weekday INT, hour INT, order_count BIGINT, revenue NUMERIC)
LANGUAGE sql STABLE ROWS 168
BEGIN ATOMIC
    WITH local_orders AS (
        SELECT
            orders.created_at AT TIME ZONE store_settings.time_zone AS local_time,
            orders.total
        FROM orders
        CROSS JOIN store_settings
        WHERE orders.status <> 'cancelled' AND store_settings.is_only_row
        OFFSET 0  -- noqa: AM09, a fence: the planner would convert the time wherever it is used
    ),

    -- Which hour of its week, by subtraction from a Monday: taking weekday and hour out of every
    -- order's time would double the cost.
    sales AS (
        SELECT
            date_bin('1 hour', local_time, '0001-01-01')
            - date_bin('7 days', local_time, '0001-01-01') AS since_monday,
            count(*) AS order_count,
            sum(total) AS revenue
        FROM local_orders
        GROUP BY since_monday
    )

    SELECT
        1 + extract(DAY FROM since_monday)::INT AS iso_weekday,
        extract(HOUR FROM since_monday)::INT AS hour,
        order_count,
        revenue
    FROM sales;
END;
REVOKE EXECUTE ON FUNCTION _live_hourly_sales() FROM PUBLIC;
COMMENT ON FUNCTION _live_hourly_sales() IS
'Orders not cancelled and the sum of their totals, by weekday (1 = Monday) and hour of the store''s
clock, of every hour in which there was one. Reads every order. Internal to sales_by_hour.';
