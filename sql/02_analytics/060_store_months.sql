-- The months that a stretch of time touches. Each knows the instants it spans: a report asks for
-- them by index and never converts a row's time.

CREATE OR REPLACE FUNCTION store_months(p_first_at TIMESTAMPTZ, p_last_at TIMESTAMPTZ)
RETURNS TABLE (month DATE, starts_at TIMESTAMPTZ, ends_at TIMESTAMPTZ)
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    WITH months AS (
        SELECT
            store_settings.time_zone,
            -- Through an array: the planner takes one for 10 rows and a series for 1,000, enough to
            -- make it compile (JIT) what runs for milliseconds.
            unnest(CASE
                WHEN isfinite(p_first_at) AND isfinite(p_last_at)  -- else it would have no end
                    THEN ARRAY(
                        SELECT generate_series(
                            date_trunc('month', p_first_at AT TIME ZONE store_settings.time_zone),
                            date_trunc('month', p_last_at AT TIME ZONE store_settings.time_zone),
                            INTERVAL '1 month'
                        )
                    )
            END) AS month
        FROM store_settings
        WHERE store_settings.is_only_row  -- tells the planner that there is one
    )

    SELECT
        months.month::DATE AS month,
        first_instant_of(months.month, months.time_zone) AS starts_at,
        first_instant_of(months.month + INTERVAL '1 month', months.time_zone) AS ends_at
    FROM months;
END;
REVOKE EXECUTE ON FUNCTION store_months(TIMESTAMPTZ, TIMESTAMPTZ) FROM PUBLIC;
COMMENT ON FUNCTION store_months(TIMESTAMPTZ, TIMESTAMPTZ) IS
'The store months from the one p_first_at is in to that of p_last_at, without a gap: the first day
of each, its first instant and that of the next month. No row where either is NULL or
infinite.';
