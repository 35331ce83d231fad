-- Counts anew which products are bought together: the one report too large to be computed while
-- somebody waits for it, and one that a day hardly changes.

CREATE OR REPLACE FUNCTION refresh_product_affinity() RETURNS VOID
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT
AS $refresh_product_affinity$
BEGIN
    IF _is_filled('product_affinity') THEN
        REFRESH MATERIALIZED VIEW CONCURRENTLY product_affinity;
    ELSE
        REFRESH MATERIALIZED VIEW product_affinity;
    END IF;
    UPDATE watermarks SET refreshed_at = now() WHERE name = 'product_affinity';
END;
$refresh_product_affinity$;
REVOKE EXECUTE ON FUNCTION refresh_product_affinity() FROM PUBLIC;
COMMENT ON FUNCTION refresh_product_affinity() IS
'Refreshes product_affinity and notes when in watermarks.refreshed_at. Owner only:
refresh_reports() and run_maintenance() call it. Raises nothing of its own.';
