-- What the next picture of daily sales is drawn from: the last one, and the orders of the days that
-- changed since. So a refresh reads what is new, however many orders there are.

CREATE OR REPLACE FUNCTION _daily_sales_are_trusted() RETURNS BOOLEAN
LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path FROM CURRENT
AS $_daily_sales_are_trusted$
DECLARE
    v_watermark watermarks := _watermark('daily_sales');
BEGIN
    RETURN v_watermark.snapshot IS NOT NULL
    AND v_watermark.time_zone = (SELECT time_zone FROM store_settings)
    -- An empty one is not: while it is being filled PostgreSQL calls it filled, and one that was
    -- filled in a restored schema is older than the watermark that comes with the rows.
    AND EXISTS (SELECT FROM mv_daily_sales);
END;
$_daily_sales_are_trusted$;
REVOKE EXECUTE ON FUNCTION _daily_sales_are_trusted() FROM PUBLIC;
COMMENT ON FUNCTION _daily_sales_are_trusted() IS
'Whether mv_daily_sales holds days, and was drawn in this cluster and in the store''s zone of today.
Internal.';

CREATE OR REPLACE FUNCTION _kept_daily_sales()
RETURNS TABLE (sale_date DATE, orders BIGINT, revenue NUMERIC, unique_customers BIGINT)
-- Volatile, to see what a refresh that it waited for has drawn.
LANGUAGE plpgsql SET search_path FROM CURRENT
AS $_kept_daily_sales$
BEGIN
    -- Drawn at a snapshot before the last refresh it would lack what that one took for known.
    PERFORM FROM watermarks WHERE name = 'daily_sales' FOR NO KEY UPDATE;
    IF _daily_sales_are_trusted() THEN
        RETURN QUERY
        SELECT
            daily_sales.sale_date,
            daily_sales.orders,
            daily_sales.revenue,
            daily_sales.unique_customers
        FROM daily_sales;
    END IF;
END;
$_kept_daily_sales$;
REVOKE EXECUTE ON FUNCTION _kept_daily_sales() FROM PUBLIC;
COMMENT ON FUNCTION _kept_daily_sales() IS
'The rows of daily_sales; none where no picture was ever taken, or one in another zone or cluster.
Locks the watermark. Internal to mv_daily_sales. Raises 40001 in a REPEATABLE READ transaction that
began before the last refresh ended.';
