-- What happened to orders, at least once each, in the order it became known. Call it in a
-- transaction of its own: the next reader waits for the end of it.

CREATE OR REPLACE FUNCTION read_order_events(p_consumer TEXT, p_limit INT DEFAULT 100)
RETURNS TABLE (
    "position" BIGINT,  -- noqa: RF06, a keyword that stands here in quotes only
    order_id INT, action VARCHAR, details JSONB, performed_at TIMESTAMPTZ
)
LANGUAGE plpgsql SECURITY DEFINER ROWS 100 SET search_path FROM CURRENT
AS $read_order_events$
#variable_conflict use_column
DECLARE
    v_consumer TEXT := _clean_argument(p_consumer, 'p_consumer', 100);
    v_acknowledged BIGINT := coalesce((
        SELECT acknowledged_position FROM order_event_consumers WHERE consumer = v_consumer
    ), 0);
    v_waiting BIGINT := (
        SELECT last_position - v_acknowledged FROM watermarks WHERE name = 'event_feed'
    );
BEGIN
    PERFORM _require_limit(p_limit);
    IF v_waiting < p_limit THEN
        PERFORM _number_order_events(p_limit - v_waiting);
    END IF;
    RETURN QUERY
    SELECT
        order_event_positions.position,
        order_audit.order_id,
        order_audit.action,
        order_audit.details,
        order_audit.performed_at::TIMESTAMPTZ
    FROM order_event_positions
    INNER JOIN order_audit ON order_event_positions.event_id = order_audit.id
    WHERE order_event_positions.position > v_acknowledged
    ORDER BY order_event_positions.position
    LIMIT p_limit;
END;
$read_order_events$;
REVOKE EXECUTE ON FUNCTION read_order_events(TEXT, INT) FROM PUBLIC;
COMMENT ON FUNCTION read_order_events(TEXT, INT) IS
'The next p_limit events that p_consumer (any name of up to 100 characters; a new one starts at the
beginning) has not acknowledged: position (ascending, without gaps), order_id, action, details and
performed_at of order_audit. The same again until acknowledge_order_events(). Every committed event
gets one position; a late commit gets a late one. Raises ST003 (consumer or limit), 40001 in a
REPEATABLE READ transaction that began before another reader ended.';
