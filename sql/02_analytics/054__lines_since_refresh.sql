-- The lines of orders that the audit trail has named since sums were stored: what each brings now,
-- and how much of that has come since. The difference is what it brought then.

CREATE OR REPLACE FUNCTION _lines_since_refresh() RETURNS TABLE (
    order_id INT, product_id INT, counts INT, counted INT, has_changed BOOLEAN, unit_cost NUMERIC,
    units_sold INT, cancelled_since BIGINT, units_returned INT, returned_since BIGINT,
    restocked BIGINT, restocked_since BIGINT, revenue NUMERIC, credited_since NUMERIC,
    returned_value NUMERIC, returned_value_since NUMERIC
)
LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 100 SET search_path FROM CURRENT
-- Planned for the rows found, be they none or many.
SET plan_cache_mode = force_custom_plan
AS $_lines_since_refresh$
DECLARE
    v_watermark watermarks := _watermark('product_sales');
    -- By number, so that what follows is planned for as many as there are: of transactions the
    -- planner takes the last for as large as those of a bulk load.
    v_event_ids BIGINT[] := ARRAY(
        SELECT order_audit.id
        FROM order_audit
        WHERE
            order_audit.action IN (
                'placed', 'items_cancelled', 'cancelled', 'expired', 'returned', 'allowance'
            )
            AND _is_unseen(order_audit.transaction_id, v_watermark.snapshot)
            AND order_audit.id > v_watermark.restored_through
    );
BEGIN
    RETURN QUERY
    WITH events AS MATERIALIZED (
        SELECT order_audit.order_id, action, details
        FROM order_audit
        WHERE id = ANY (v_event_ids)
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
    )

    SELECT
        changed_orders.order_id,
        order_items.product_id,
        changed_orders.counts,
        changed_orders.counted,
        changed_orders.counts <> changed_orders.counted
        OR num_nonnulls(changed_units.line_no, line_credits.net_since) > 0,
        order_items.unit_cost::NUMERIC,
        order_items.quantity - order_items.cancelled_quantity,
        coalesce(changed_units.cancelled, 0),
        order_items.returned_quantity,
        coalesce(changed_units.returned, 0),
        coalesce(restocked_units.restocked, 0),
        coalesce(changed_units.restocked, 0),
        order_items.line_total
        - CASE WHEN changed_orders.prices_include_tax THEN order_items.tax ELSE 0 END
        - coalesce(line_credits.net, 0),
        coalesce(line_credits.net_since, 0),
        coalesce(line_credits.returned, 0),
        coalesce(line_credits.returned_since, 0)
    FROM changed_orders
    INNER JOIN order_items USING (order_id)
    LEFT JOIN changed_units USING (order_id, line_no)
    LEFT JOIN restocked_units USING (order_id, line_no)
    LEFT JOIN line_credits USING (order_id, line_no);
END;
$_lines_since_refresh$;
REVOKE EXECUTE ON FUNCTION _lines_since_refresh() FROM PUBLIC;
COMMENT ON FUNCTION _lines_since_refresh() IS
'Every line of the orders that order_audit names since product_sales_rollup was stored: whether its
order counts, and did then (1 or 0), whether the line itself has changed, what it brings now, and of
that what came since. Means nothing where the watermark is another cluster''s. Internal.';
