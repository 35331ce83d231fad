-- Counts anew which products are bought together: the one report too large to be computed while
-- somebody waits for it, and one that a day hardly changes.

CREATE OR REPLACE FUNCTION _affinity_is_due() RETURNS BOOLEAN
LANGUAGE plpgsql STABLE SET search_path FROM CURRENT
AS $_affinity_is_due$
BEGIN
    RETURN (
        SELECT
            coalesce(
                (report_state.affinity_refreshed_at AT TIME ZONE store_settings.time_zone)::DATE
                < (now() AT TIME ZONE store_settings.time_zone)::DATE, TRUE
            )
        FROM report_state CROSS JOIN store_settings
    ) OR NOT _is_filled('product_affinity');
END;
$_affinity_is_due$;
REVOKE EXECUTE ON FUNCTION _affinity_is_due() FROM PUBLIC;
COMMENT ON FUNCTION _affinity_is_due() IS
'Whether product_affinity is of an earlier store day, or was never filled. Internal.';

CREATE OR REPLACE FUNCTION refresh_product_affinity() RETURNS VOID
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT
AS $refresh_product_affinity$
BEGIN
    IF _is_filled('product_affinity') THEN
        REFRESH MATERIALIZED VIEW CONCURRENTLY product_affinity;
    ELSE
        REFRESH MATERIALIZED VIEW product_affinity;
    END IF;
    -- Last: a refresh of daily sales waits for this row, and the above may take half a minute.
    UPDATE report_state SET affinity_refreshed_at = now();
END;
$refresh_product_affinity$;
REVOKE EXECUTE ON FUNCTION refresh_product_affinity() FROM PUBLIC;
COMMENT ON FUNCTION refresh_product_affinity() IS
'Refreshes product_affinity and notes when in report_state.affinity_refreshed_at. Owner only:
refresh_reports() and run_maintenance() call it. Raises nothing of its own.';
