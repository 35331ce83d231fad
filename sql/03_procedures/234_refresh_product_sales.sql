-- Adds to the stored sums of products and hours, and to the counts of orders by category, what has
-- changed since they were stored; sums up anew the months that have. Locks nothing a writer or a
-- reader waits for; two refreshes take turns.

CREATE OR REPLACE FUNCTION refresh_product_sales() RETURNS VOID
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT
SET hash_mem_multiplier = 1  -- the first time it adds up every line, for several sums at once
AS $refresh_product_sales$
DECLARE
    v_watermark watermarks := _lock_watermark('product_sales');
BEGIN
    -- A later look could not tell what this transaction did before from what it may yet do.
    IF EXISTS (
        SELECT FROM order_audit WHERE transaction_id = pg_current_xact_id_if_assigned()
    ) THEN
        RETURN;
    END IF;
    -- One statement, so that the snapshot it notes is the one it saw the changes in.
    -- No INSERT ... ON CONFLICT, which would lock each row first, and log that.
    WITH changes AS MATERIALIZED (
        SELECT * FROM product_sales_since_refresh()
    ),

    changed AS (
        UPDATE product_sales_rollup AS stored SET
            line_count = stored.line_count + changes.line_count,
            units_sold = stored.units_sold + changes.units_sold,
            units_returned = stored.units_returned + changes.units_returned,
            revenue = stored.revenue + changes.revenue,
            cost = stored.cost + changes.cost,
            lines_without_cost = stored.lines_without_cost + changes.lines_without_cost,
            returned_value = stored.returned_value + changes.returned_value,
            units_restocked = stored.units_restocked + changes.units_restocked
        FROM changes
        WHERE stored.product_id = changes.product_id
    ),

    added AS (
        INSERT INTO product_sales_rollup
        SELECT * FROM changes
        WHERE NOT EXISTS (
            SELECT FROM product_sales_rollup AS known WHERE known.product_id = changes.product_id
        )
    ),

    category_changes AS MATERIALIZED (
        SELECT * FROM category_orders_since_refresh()
    ),

    changed_categories AS (
        UPDATE category_orders_rollup AS stored
        SET order_count = stored.order_count + changes.order_count
        FROM category_changes AS changes
        WHERE stored.category_id = changes.category_id
    ),

    added_categories AS (
        INSERT INTO category_orders_rollup
        SELECT * FROM category_changes AS changes
        WHERE NOT EXISTS (
            SELECT FROM category_orders_rollup AS known
            WHERE known.category_id = changes.category_id
        )
    ),

    changed_hours AS (
        INSERT INTO hourly_sales_rollup
        SELECT iso_weekday, array_agg(orders ORDER BY hour), array_agg(revenue ORDER BY hour)
        FROM sales_by_hour
        WHERE iso_weekday IN (SELECT since.iso_weekday FROM hourly_sales_since_refresh() AS since)
        GROUP BY iso_weekday
        ON CONFLICT (iso_weekday) DO UPDATE SET
            order_counts = excluded.order_counts,
            revenues = excluded.revenues
    ),

    months AS MATERIALIZED (
        SELECT month FROM months_since_refresh(p_of_funnel => FALSE)
    ),

    changed_months AS (
        INSERT INTO monthly_sales_rollup
        SELECT
            month, order_count, customer_count, gross_sales, discounts, shipping, tax_added,
            total_sales, tax_included, cancelled_items, returns, allowances, delivery_credits
        FROM monthly_sales
        WHERE month IN (SELECT months.month FROM months)
        ON CONFLICT (month) DO UPDATE SET
            order_count = excluded.order_count,
            customer_count = excluded.customer_count,
            gross_sales = excluded.gross_sales,
            discounts = excluded.discounts,
            shipping = excluded.shipping,
            tax_added = excluded.tax_added,
            total_sales = excluded.total_sales,
            tax_included = excluded.tax_included,
            cancelled_items = excluded.cancelled_items,
            returns = excluded.returns,
            allowances = excluded.allowances,
            delivery_credits = excluded.delivery_credits
    ),

    -- Before the first and after the last month there is, where everything was cancelled.
    emptied_months AS (
        DELETE FROM monthly_sales_rollup
        WHERE
            month IN (SELECT months.month FROM months)
            AND month NOT IN (SELECT report_months.month FROM report_months)
    ),

    changed_funnels AS (
        INSERT INTO order_funnel_rollup
        SELECT
            month, coalesce(placed, 0), coalesce(paid, 0), coalesce(shipped, 0),
            coalesce(delivered, 0), coalesce(cancelled, 0), coalesce(returned, 0),
            median_hours_to_ship
        FROM months_since_refresh(p_of_funnel => TRUE)
        LEFT JOIN order_funnel USING (month)
        ON CONFLICT (month) DO UPDATE SET
            placed = excluded.placed,
            paid = excluded.paid,
            shipped = excluded.shipped,
            delivered = excluded.delivered,
            cancelled = excluded.cancelled,
            returned = excluded.returned,
            median_hours_to_ship = excluded.median_hours_to_ship
    )

    UPDATE watermarks SET
        snapshot = _snapshot_without_own(),
        system_identifier = v_watermark.system_identifier,
        (time_zone, utc_offset) = (
            SELECT time_zone, now() AT TIME ZONE time_zone - now() AT TIME ZONE 'UTC'
            FROM store_settings
        ),
        refreshed_at = now(),
        restored_through = CASE
            WHEN v_watermark.snapshot IS NOT NULL THEN restored_through
            ELSE _restored_through()
        END
    WHERE name = 'product_sales';
END;
$refresh_product_sales$;
REVOKE EXECUTE ON FUNCTION refresh_product_sales() FROM PUBLIC;
COMMENT ON FUNCTION refresh_product_sales() IS
'Brings the rollups of products, categories, hours, months and the funnel up to date; the views over
them are exact without it and cheaper to read after it. Does nothing in a transaction that has
changed an order. Owner only: refresh_reports() and run_maintenance() call it. Raises 40001 in a
REPEATABLE READ transaction that began before another refresh ended.';
