-- Sales by day for reports about many days: daily_sales, which keeps them. It is made after this
-- file, and bound late so: PL/pgSQL looks its name up when the function runs.

CREATE OR REPLACE FUNCTION sales_by_day()
RETURNS TABLE (sale_date DATE, order_count BIGINT, revenue NUMERIC)
LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path FROM CURRENT
AS $sales_by_day$
BEGIN
    RETURN QUERY
    SELECT daily_sales.sale_date, daily_sales.orders, daily_sales.revenue
    FROM daily_sales;
END;
$sales_by_day$;
REVOKE EXECUTE ON FUNCTION sales_by_day() FROM PUBLIC;
COMMENT ON FUNCTION sales_by_day() IS
'daily_sales, without its customers. Internal to rolling_sales. Raises nothing of its own.';
