-- By how much product_sales_rollup is behind, at the caller's snapshot: what the orders that the
-- audit trail names since bring now, less what they brought before, which is the same without what
-- it tells of since. After a restore transaction numbers mean nothing: everything is compared.

CREATE OR REPLACE FUNCTION product_sales_since_refresh() RETURNS SETOF PRODUCT_SALES_ROLLUP
LANGUAGE plpgsql STABLE PARALLEL SAFE SECURITY DEFINER ROWS 100 SET search_path FROM CURRENT
-- Planned for the rows found, be they none or many.
SET plan_cache_mode = force_custom_plan
AS $product_sales_since_refresh$
DECLARE
    v_watermark watermarks;
    v_system_identifier BIGINT := (SELECT system_identifier FROM pg_control_system());
BEGIN
    SELECT * INTO v_watermark FROM watermarks WHERE name = 'product_sales';
    IF v_watermark.system_identifier IS DISTINCT FROM v_system_identifier THEN
        RETURN QUERY
        SELECT
            product_id,
            sum(line_count)::BIGINT,
            sum(units_sold)::BIGINT,
            sum(units_returned)::BIGINT,
            sum(revenue),
            sum(cost),
            sum(lines_without_cost)::BIGINT,
            sum(returned_value)
        FROM (
            SELECT
                product_id, line_count, units_sold, units_returned, revenue, cost,
                lines_without_cost, returned_value
            FROM _live_product_sales()
            UNION ALL
            SELECT
                product_id, -line_count, -units_sold, -units_returned, -revenue, -cost,
                -lines_without_cost, -returned_value
            FROM product_sales_rollup
        ) AS live_less_stored
        GROUP BY product_id;
        RETURN;
    END IF;

    RETURN QUERY
    WITH events AS MATERIALIZED (
        SELECT order_id, action, details
        FROM order_audit
        WHERE
            action IN ('placed', 'items_cancelled', 'cancelled', 'expired', 'returned', 'allowance')
            AND _is_unseen(transaction_id, v_watermark.snapshot)
            AND id > v_watermark.restored_through
    ),

    -- Whether the order counts, and did then: 1 or 0.
    changed_orders AS (
        SELECT
            orders.order_id,
            orders.prices_include_tax,
            (orders.status <> 'cancelled')::INT AS counts,
            CASE
                WHEN bool_or(events.action = 'placed') THEN 0
                WHEN orders.status <> 'cancelled' THEN 1
                ELSE bool_or(events.action IN ('cancelled', 'expired'))::INT
            END AS counted
        FROM events
        INNER JOIN orders ON events.order_id = orders.order_id
        GROUP BY orders.order_id
    ),

    changed_units AS (
        SELECT
            events.order_id,
            item.line_no,
            sum(item.quantity) FILTER (WHERE events.action = 'items_cancelled') AS cancelled,
            sum(item.quantity) FILTER (WHERE events.action = 'returned') AS returned,
            sum(item.quantity) FILTER (WHERE (events.details ->> 'restocked')::BOOLEAN) AS restocked
        FROM events
        CROSS JOIN LATERAL
            jsonb_to_recordset(events.details -> 'items') AS item (line_no INT, quantity INT)
        WHERE events.action IN ('items_cancelled', 'returned')
        GROUP BY events.order_id, item.line_no
    ),

    restocked_units AS (
        SELECT returns.order_id, returns.line_no, sum(returns.quantity) AS restocked
        FROM changed_orders
        INNER JOIN returns ON changed_orders.order_id = returns.order_id
        WHERE returns.restocked
        GROUP BY returns.order_id, returns.line_no
    ),

    -- In all, and of that since.
    line_credits AS (
        SELECT
            credits.order_id,
            credits.line_no,
            sum(credits.net) AS net,
            sum(credits.net) FILTER (WHERE events.order_id IS NOT NULL) AS net_since,
            sum(credits.net) FILTER (WHERE credits.kind = 'return') AS returned,
            sum(credits.net) FILTER (WHERE credits.kind = 'return' AND events.order_id > 0)
                AS returned_since
        FROM changed_orders
        INNER JOIN credits ON changed_orders.order_id = credits.order_id
        LEFT JOIN events
            ON
                credits.order_id = events.order_id
                AND credits.credit_no = (events.details ->> 'credit_no')::INT
        GROUP BY credits.order_id, credits.line_no
    ),

    line_sums AS (
        SELECT
            changed_orders.counts,
            changed_orders.counted,
            order_items.product_id,
            order_items.unit_cost,
            order_items.quantity - order_items.cancelled_quantity AS units_sold,
            coalesce(changed_units.cancelled, 0) AS cancelled_since,
            order_items.returned_quantity AS units_returned,
            coalesce(changed_units.returned, 0) AS returned_since,
            coalesce(restocked_units.restocked, 0) AS restocked,
            coalesce(changed_units.restocked, 0) AS restocked_since,
            order_items.line_total
            - CASE WHEN changed_orders.prices_include_tax THEN order_items.tax ELSE 0 END
            - coalesce(line_credits.net, 0) AS revenue,
            coalesce(line_credits.net_since, 0) AS credited_since,
            coalesce(line_credits.returned, 0) AS returned_value,
            coalesce(line_credits.returned_since, 0) AS returned_value_since
        FROM changed_orders
        INNER JOIN order_items USING (order_id)
        LEFT JOIN changed_units USING (order_id, line_no)
        LEFT JOIN restocked_units USING (order_id, line_no)
        LEFT JOIN line_credits USING (order_id, line_no)
        WHERE
            changed_orders.counts <> changed_orders.counted
            OR num_nonnulls(changed_units.line_no, line_credits.net_since) > 0
    )

    SELECT
        product_id,
        sum(counts - counted),
        sum((counts - counted) * units_sold - counted * cancelled_since)::BIGINT,
        sum((counts - counted) * units_returned + counted * returned_since)::BIGINT,
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
        sum((counts - counted) * returned_value + counted * returned_value_since)
    FROM line_sums
    GROUP BY product_id;
END;
$product_sales_since_refresh$;
REVOKE EXECUTE ON FUNCTION product_sales_since_refresh() FROM PUBLIC;
COMMENT ON FUNCTION product_sales_since_refresh() IS
'What has to be added to product_sales_rollup, by product, with its columns. Internal to
product_sales. Raises nothing.';
