-- Brings every stored report up to date. Readers and writers go on meanwhile.

CREATE OR REPLACE FUNCTION refresh_reports() RETURNS VOID
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT
AS $refresh_reports$
BEGIN
    -- Upkeep takes their watermarks in the same order, so that the two cannot deadlock. The sums
    -- come first: counting pairs keeps memory for the session.
    PERFORM refresh_product_sales();
    PERFORM refresh_product_affinity();
    PERFORM refresh_daily_sales();
END;
$refresh_reports$;
REVOKE EXECUTE ON FUNCTION refresh_reports() FROM PUBLIC;
COMMENT ON FUNCTION refresh_reports() IS
'Refreshes mv_daily_sales, the stored sums of products, categories, months, hours and the funnel,
and product_affinity; may run at any time, from any scheduler, several at once. All but
product_affinity are exact without it and cheaper to read after it. Raises 40001 in a REPEATABLE
READ transaction that began before another refresh ended.';
