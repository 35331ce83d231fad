-- Where the event feed says it stands, and where its positions end.

CREATE OR REPLACE FUNCTION _feed_violations()
RETURNS TABLE (invariant TEXT, object TEXT, expected TEXT, actual TEXT)
LANGUAGE sql STABLE
BEGIN ATOMIC
    WITH feed AS (
        SELECT coalesce(max(position), 0) AS last_position FROM order_event_positions
    )

    SELECT
        'feed_ends_at_last_position' AS invariant,
        'event feed' AS object,
        feed.last_position::TEXT AS expected,
        watermarks.last_position::TEXT AS actual
    FROM watermarks
    CROSS JOIN feed
    WHERE watermarks.last_position <> feed.last_position
    UNION ALL
    SELECT
        'consumers_stand_within_feed' AS invariant,
        format('consumer %s', order_event_consumers.consumer) AS object,
        format('at most %s', feed.last_position) AS expected,
        order_event_consumers.acknowledged_position::TEXT AS actual
    FROM order_event_consumers
    CROSS JOIN feed
    WHERE order_event_consumers.acknowledged_position > feed.last_position;
END;
REVOKE EXECUTE ON FUNCTION _feed_violations() FROM PUBLIC;
COMMENT ON FUNCTION _feed_violations() IS
'The event feed where its watermark does not name its highest position, and consumers that
acknowledged a position it does not have. Internal.';
