-- What the materialised reports are a picture of. daily_sales trusts the picture for the days that
-- did not change since and computes the others, so it is exact at any moment.

CREATE TABLE report_state (
    is_only_row BOOLEAN NOT NULL DEFAULT TRUE PRIMARY KEY,
    snapshot PG_SNAPSHOT,
    refresh_transaction_id XID8,
    time_zone TEXT,
    system_identifier BIGINT,
    affinity_refreshed_at INSTANT,
    CONSTRAINT report_state_has_one_row CHECK (is_only_row),
    CONSTRAINT report_state_is_whole CHECK (
        num_nulls(snapshot, refresh_transaction_id, time_zone, system_identifier) IN (0, 4)
    )
);
INSERT INTO report_state (snapshot) VALUES (NULL);

CREATE TRIGGER report_state_row_stays
BEFORE DELETE OR TRUNCATE ON report_state
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change(
    'the reports have exactly one state', 'Call refresh_reports() instead.'
);

COMMENT ON TABLE report_state IS 'What the materialised reports show: exactly one row.';
COMMENT ON COLUMN report_state.is_only_row IS 'Always true; the key that allows no second row.';
COMMENT ON COLUMN report_state.snapshot IS
'Which transactions mv_daily_sales has seen; NULL = never refreshed.';
COMMENT ON COLUMN report_state.refresh_transaction_id IS
'The refresh itself: what it wrote is in no snapshot of its own.';
COMMENT ON COLUMN report_state.time_zone IS 'The store''s zone its days were cut in.';
COMMENT ON COLUMN report_state.system_identifier IS 'The cluster the snapshot means something in.';
COMMENT ON COLUMN report_state.affinity_refreshed_at IS 'When product_affinity was last refreshed.';
