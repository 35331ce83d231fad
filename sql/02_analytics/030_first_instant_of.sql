-- Where a store's day begins on the time line, so that a report can read a stretch of an index
-- instead of asking every row for its day.

CREATE OR REPLACE FUNCTION first_instant_of(p_day TIMESTAMP, p_time_zone TEXT) RETURNS TIMESTAMPTZ
LANGUAGE sql STABLE PARALLEL SAFE
RETURN CASE
    -- 24 hours after the midnight before: where clocks go back past midnight (Havana) the first of
    -- two, while AT TIME ZONE means the second.
    WHEN
        ((p_day - INTERVAL '1 day') AT TIME ZONE p_time_zone + INTERVAL '24 hours')
        AT TIME ZONE p_time_zone = p_day
        THEN (p_day - INTERVAL '1 day') AT TIME ZONE p_time_zone + INTERVAL '24 hours'
    ELSE p_day AT TIME ZONE p_time_zone
END;
REVOKE EXECUTE ON FUNCTION first_instant_of(TIMESTAMP, TEXT) FROM PUBLIC;
COMMENT ON FUNCTION first_instant_of(TIMESTAMP, TEXT) IS
'The first instant at which a wall clock in p_time_zone shows the day that p_day, a midnight,
begins. Raises 22023 for an unknown zone.';
