-- Which months order_funnel_rollup cannot be trusted for, at the caller's snapshot: those in which
-- an order was placed that has gone a step since, or whose steps have another date. Cancelling the
-- last open units may be one.

CREATE OR REPLACE FUNCTION funnel_months_since_refresh()
RETURNS TABLE (month DATE, starts_at TIMESTAMPTZ, ends_at TIMESTAMPTZ)
LANGUAGE sql STABLE PARALLEL SAFE SECURITY DEFINER ROWS 3 SET search_path FROM CURRENT
BEGIN ATOMIC
    SELECT
        month,
        starts_at,
        ends_at
    FROM _months_since_refresh(
        ARRAY[
            'placed', 'paid', 'shipped', 'delivered', 'items_cancelled', 'cancelled', 'expired',
            'returned', 'redated', 'parcel_redated'
        ],
        p_with_credits => FALSE
    );
END;
REVOKE EXECUTE ON FUNCTION funnel_months_since_refresh() FROM PUBLIC;
COMMENT ON FUNCTION funnel_months_since_refresh() IS
'The store months, each once, of placing of orders that have got further since refresh_reports()
looked, or were redated, or a parcel of theirs, with the instants they span. Internal to
order_funnel. Raises nothing.';
