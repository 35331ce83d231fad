-- Which months stored sums, or the stored funnel, cannot be trusted for, at the caller's snapshot:
-- those in which an order was placed that the audit trail has named since; for the sums, also those
-- in which one of its credits was granted. In another cluster or zone it is every month.

CREATE OR REPLACE FUNCTION months_since_refresh(p_of_funnel BOOLEAN)
RETURNS TABLE (month DATE, starts_at TIMESTAMPTZ, ends_at TIMESTAMPTZ)
LANGUAGE plpgsql STABLE PARALLEL SAFE SECURITY DEFINER ROWS 3 SET search_path FROM CURRENT
-- Planned for the rows found, be they none or many.
SET plan_cache_mode = force_custom_plan
AS $months_since_refresh$
DECLARE
    v_time_zone TEXT := (SELECT store_settings.time_zone FROM store_settings);
    v_watermark watermarks := _watermark('product_sales');
    v_actions TEXT[] := CASE
        -- Cancelling the last open units may be a step of the funnel too.
        WHEN p_of_funnel
            THEN ARRAY[
                'placed', 'paid', 'shipped', 'delivered', 'items_cancelled', 'cancelled', 'expired',
                'returned', 'redated', 'parcel_redated'
            ]
        ELSE ARRAY[
            'placed', 'items_cancelled', 'cancelled', 'expired', 'returned', 'allowance', 'redated'
        ]
    END;
    v_event_ids BIGINT[];
    v_months TIMESTAMP[];
BEGIN
    IF v_watermark.snapshot IS NULL OR v_watermark.time_zone <> v_time_zone THEN
        v_months := ARRAY(
            SELECT months.month
            FROM (SELECT min(created_at) AS first, max(created_at) AS last FROM orders) AS placed
            CROSS JOIN LATERAL store_months(placed.first, placed.last) AS months
            UNION
            SELECT report_months.month FROM report_months
            UNION
            SELECT monthly_sales_rollup.month FROM monthly_sales_rollup
            UNION
            SELECT order_funnel_rollup.month FROM order_funnel_rollup
        );
    ELSE
        v_event_ids := ARRAY(  -- as in _lines_since_refresh(), for the plan's sake
            SELECT order_audit.id
            FROM order_audit
            WHERE
                order_audit.action = ANY(v_actions)
                AND _is_unseen(order_audit.transaction_id, v_watermark.snapshot)
                AND order_audit.id > v_watermark.restored_through
        );
        v_months := ARRAY(
            WITH changed_orders AS MATERIALIZED (
                SELECT
                    order_audit.order_id,
                    (order_audit.details ->> 'from')::TIMESTAMPTZ AS redated_from
                FROM order_audit
                WHERE order_audit.id = ANY(v_event_ids)
            )

            SELECT DISTINCT date_trunc('month', changed.at AT TIME ZONE v_time_zone)
            FROM (
                SELECT orders.created_at AS at
                FROM changed_orders
                INNER JOIN orders ON changed_orders.order_id = orders.order_id
                UNION ALL
                SELECT credits.created_at AS at
                FROM changed_orders
                INNER JOIN credits ON changed_orders.order_id = credits.order_id
                WHERE NOT p_of_funnel
                UNION ALL
                SELECT changed_orders.redated_from AS at
                FROM changed_orders
                WHERE changed_orders.redated_from IS NOT NULL
            ) AS changed
        );
    END IF;
    RETURN QUERY
    SELECT
        changed_month::DATE,
        first_instant_of(changed_month, v_time_zone),
        first_instant_of(changed_month + INTERVAL '1 month', v_time_zone)
    FROM unnest(v_months) AS changed_month;
END;
$months_since_refresh$;
REVOKE EXECUTE ON FUNCTION months_since_refresh(BOOLEAN) FROM PUBLIC;
COMMENT ON FUNCTION months_since_refresh(BOOLEAN) IS
'The store months, each once, that have changed since refresh_reports() looked, with the instants
they span: those monthly_sales has to add up anew, since an order or credit of theirs changed, or
p_of_funnel, those order_funnel has to count anew, since an order placed in them got further, or was
redated, or a parcel of it. Internal to these views. Raises nothing.';
