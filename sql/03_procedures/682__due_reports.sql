-- Which stored reports are worth refreshing: so that run_maintenance(), asked every minute, writes
-- where it saves readers more than it costs.

-- A materialised view that was never filled, as after a schema-only restore, can be neither read
-- nor refreshed concurrently.
CREATE OR REPLACE FUNCTION _is_filled(p_view REGCLASS) RETURNS BOOLEAN
LANGUAGE sql STABLE
RETURN (SELECT pg_class.relispopulated FROM pg_class WHERE pg_class.oid = p_view);
REVOKE EXECUTE ON FUNCTION _is_filled(REGCLASS) FROM PUBLIC;
COMMENT ON FUNCTION _is_filled(REGCLASS) IS
'Whether the materialised view was ever filled. Internal.';

CREATE OR REPLACE FUNCTION _daily_sales_are_due() RETURNS BOOLEAN
LANGUAGE plpgsql STABLE SET search_path FROM CURRENT
AS $_daily_sales_are_due$
BEGIN
    RETURN CASE
        WHEN _is_filled('mv_daily_sales') THEN EXISTS (SELECT FROM sales_days_since_refresh())
        ELSE TRUE
    END;
END;
$_daily_sales_are_due$;
REVOKE EXECUTE ON FUNCTION _daily_sales_are_due() FROM PUBLIC;
COMMENT ON FUNCTION _daily_sales_are_due() IS
'Whether a refresh would leave daily_sales fewer days to compute. Internal.';

CREATE OR REPLACE FUNCTION _affinity_is_due() RETURNS BOOLEAN
LANGUAGE plpgsql STABLE SET search_path FROM CURRENT
AS $_affinity_is_due$
BEGIN
    RETURN (
        SELECT
            coalesce(
                (watermarks.refreshed_at AT TIME ZONE store_settings.time_zone)::DATE
                < (now() AT TIME ZONE store_settings.time_zone)::DATE, TRUE
            )
        FROM watermarks CROSS JOIN store_settings
        WHERE watermarks.name = 'product_affinity'
    ) OR NOT _is_filled('product_affinity');
END;
$_affinity_is_due$;
REVOKE EXECUTE ON FUNCTION _affinity_is_due() FROM PUBLIC;
COMMENT ON FUNCTION _affinity_is_due() IS
'Whether product_affinity is of an earlier store day, or was never filled. Internal.';

CREATE OR REPLACE FUNCTION _product_sales_are_due() RETURNS BOOLEAN
LANGUAGE plpgsql STABLE SET search_path FROM CURRENT
SET plan_cache_mode = force_custom_plan
AS $_product_sales_are_due$
DECLARE
    v_watermark watermarks := _watermark('product_sales');
    v_enough BIGINT := (SELECT 8 * greatest(count(*), 200) FROM product_sales_rollup);
BEGIN
    RETURN v_watermark.snapshot IS NULL
    OR v_watermark.time_zone <> (SELECT store_settings.time_zone FROM store_settings)
    -- What has moved in the catalogue tells the audit log alone, of which months may be let go.
    OR v_watermark.refreshed_at < date_trunc('month', now(), 'UTC')
    OR v_enough = (
        SELECT count(*) FROM (
            SELECT FROM order_audit
            INNER JOIN order_items ON order_audit.order_id = order_items.order_id
            WHERE
                order_audit.action = 'placed'
                AND _is_unseen(order_audit.transaction_id, v_watermark.snapshot)
                AND order_audit.id > v_watermark.restored_through
            LIMIT v_enough
        ) AS new_lines
    );
END;
$_product_sales_are_due$;
REVOKE EXECUTE ON FUNCTION _product_sales_are_due() FROM PUBLIC;
COMMENT ON FUNCTION _product_sales_are_due() IS
'Whether eight lines a product were sold since the sums were stored (1600 at least), which costs a
line less than 20 bytes of WAL then, or they are of an earlier month (UTC), or none can be trusted,
or no month. Internal.';
