-- The store's clock, for reports that count days up to today: materialized, so that both are worked
-- out once a query and not once a row.

CREATE OR REPLACE VIEW store_today WITH (security_invoker = TRUE) AS
WITH calendar AS MATERIALIZED (
    SELECT
        time_zone,
        (report_now() AT TIME ZONE time_zone)::DATE AS today
    FROM store_settings
    WHERE is_only_row
)

SELECT
    time_zone,
    today
FROM calendar;
COMMENT ON VIEW store_today IS 'The day it is on the store''s clock; one row.';
