-- By how much product_sales_rollup is behind, at the caller's snapshot: what the lines that have
-- changed since bring now, less what they brought before. After a restore transaction numbers mean
-- nothing: everything is compared.

CREATE OR REPLACE FUNCTION product_sales_since_refresh() RETURNS SETOF PRODUCT_SALES_ROLLUP
LANGUAGE plpgsql STABLE PARALLEL SAFE SECURITY DEFINER ROWS 100 SET search_path FROM CURRENT
-- Planned for the rows found, be they none or many.
SET plan_cache_mode = force_custom_plan
AS $product_sales_since_refresh$
DECLARE
    v_watermark watermarks := _watermark('product_sales');
BEGIN
    IF v_watermark.snapshot IS NULL THEN
        RETURN QUERY
        SELECT
            product_id,
            sum(line_count)::BIGINT,
            sum(units_sold)::BIGINT,
            sum(revenue),
            sum(cost),
            sum(lines_without_cost)::BIGINT,
            sum(units_returned)::BIGINT,
            sum(returned_value),
            sum(units_restocked)::BIGINT
        FROM (
            SELECT
                product_id, line_count, units_sold, revenue, cost, lines_without_cost,
                units_returned, returned_value, units_restocked
            FROM _live_product_sales()
            UNION ALL
            SELECT
                product_id, -line_count, -units_sold, -revenue, -cost, -lines_without_cost,
                -units_returned, -returned_value, -units_restocked
            FROM product_sales_rollup
        ) AS live_less_stored
        GROUP BY product_id;
        RETURN;
    END IF;

    RETURN QUERY
    SELECT
        product_id,
        sum(counts - counted),
        sum((counts - counted) * units_sold - counted * cancelled_since)::BIGINT,
        sum((counts - counted) * revenue - counted * credited_since),
        sum(
            coalesce(unit_cost, 0) * (
                (counts - counted) * (units_sold - restocked)
                - counted * (cancelled_since + restocked_since)
            )
        ),
        sum(
            CASE WHEN unit_cost IS NULL THEN 1 ELSE 0 END
            * (counts * sign(units_sold) - counted * sign(units_sold + cancelled_since))
        )::BIGINT,
        sum((counts - counted) * units_returned + counted * returned_since)::BIGINT,
        sum((counts - counted) * returned_value + counted * returned_value_since),
        sum((counts - counted) * restocked + counted * restocked_since)::BIGINT
    FROM _lines_since_refresh()
    WHERE has_changed
    GROUP BY product_id;
END;
$product_sales_since_refresh$;
REVOKE EXECUTE ON FUNCTION product_sales_since_refresh() FROM PUBLIC;
COMMENT ON FUNCTION product_sales_since_refresh() IS
'What has to be added to product_sales_rollup, by product, with its columns. Internal to
product_sales. Raises nothing.';
