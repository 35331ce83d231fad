-- What each follower of the audit trail has seen, so that its next look finds what is new and
-- nothing else. Followers take turns at their row. Seals keep theirs in audit_seals, where it is
-- hashed.

CREATE TABLE watermarks (
    name VARCHAR(20) PRIMARY KEY,
    snapshot PG_SNAPSHOT,
    system_identifier BIGINT,
    looking_at PG_SNAPSHOT,
    passed_transaction_id XID8,
    passed_event_id BIGINT,
    time_zone TEXT,
    last_position BIGINT,
    restored_through BIGINT,
    refreshed_at INSTANT,
    kept_from INT,
    utc_offset INTERVAL,
    CONSTRAINT watermarks_name_is_known
    CHECK (
        name IN ('daily_sales', 'documents', 'event_feed', 'product_affinity', 'product_sales')
    ),
    CONSTRAINT watermarks_snapshot_names_its_cluster
    CHECK ((num_nonnulls(snapshot, looking_at) = 0) = (system_identifier IS NULL)),
    CONSTRAINT watermarks_event_feed_looks_in_parts CHECK (
        num_nulls(looking_at, passed_transaction_id, passed_event_id) IN (0, 3)
        AND (looking_at IS NULL OR name = 'event_feed')
    ),
    CONSTRAINT watermarks_sales_name_their_zone CHECK (
        (time_zone IS NULL) = (name NOT IN ('daily_sales', 'product_sales') OR snapshot IS NULL)
    ),
    CONSTRAINT watermarks_event_feed_has_a_position
    CHECK ((last_position IS NULL) = (name <> 'event_feed') AND last_position >= 0),
    CONSTRAINT watermarks_sums_name_what_was_restored CHECK (
        (restored_through IS NULL)
        = (name NOT IN ('product_affinity', 'product_sales') OR snapshot IS NULL)
    ),
    CONSTRAINT watermarks_reports_have_an_age CHECK (
        num_nonnulls(refreshed_at, utc_offset) = 0
        OR name IN ('daily_sales', 'product_affinity', 'product_sales')
    ),
    CONSTRAINT watermarks_product_affinity_says_what_is_kept
    CHECK ((kept_from IS NULL) = (name <> 'product_affinity' OR snapshot IS NULL))
);
INSERT INTO watermarks (name, last_position) VALUES
('daily_sales', NULL), ('documents', NULL), ('event_feed', 0), ('product_affinity', NULL),
('product_sales', NULL);

CREATE TRIGGER watermarks_stay
BEFORE DELETE ON watermarks
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change(
    'each follower has its watermark', 'Set its system_identifier to 0 to compare in full.'
);

COMMENT ON TABLE watermarks IS
'What the event feed, the issuing of documents and the materialised reports have seen of
order_audit: a row whose transaction is not visible in the snapshot is new to them.';
COMMENT ON COLUMN watermarks.snapshot IS
'Which transactions it has seen, its own not among them; NULL = compare with everything.';
COMMENT ON COLUMN watermarks.system_identifier IS
'The cluster the snapshot means something in: elsewhere it counts as NULL.';
COMMENT ON COLUMN watermarks.looking_at IS
'While the feed goes through what is new in parts, the snapshot it will have reached; else NULL.';
COMMENT ON COLUMN watermarks.passed_transaction_id IS
'How far it has come: everything new from lower transactions has its position.';
COMMENT ON COLUMN watermarks.passed_event_id IS 'And from this one everything up to that event.';
COMMENT ON COLUMN watermarks.time_zone IS
'The zone in which stored sales were cut into months, days and hours.';
COMMENT ON COLUMN watermarks.last_position IS 'The highest position the event feed has given.';
COMMENT ON COLUMN watermarks.restored_through IS
'The id up to which rows of order_audit are in the stored sums whatever their transaction_id says,
having come from another cluster.';
COMMENT ON COLUMN watermarks.refreshed_at IS 'When the report was last refreshed.';
COMMENT ON COLUMN watermarks.kept_from IS
'How many orders a pair of products had to be in for product_pairs_rollup to keep it.';
COMMENT ON COLUMN watermarks.utc_offset IS
'How far time_zone was taken to be ahead of UTC at refreshed_at: where today''s rules say otherwise,
the snapshot counts as NULL.';
