-- A consumer has handled the feed up to a position. It only ever moves on: an acknowledgement that
-- arrives late or twice changes nothing.

CREATE OR REPLACE FUNCTION acknowledge_order_events(p_consumer TEXT, p_position BIGINT)
RETURNS VOID
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT
AS $acknowledge_order_events$
DECLARE
    v_consumer TEXT := _clean_argument(p_consumer, 'p_consumer', 100);
    v_last_position BIGINT := (SELECT last_position FROM watermarks WHERE name = 'event_feed');
BEGIN
    IF (p_position BETWEEN 0 AND v_last_position) IS NOT TRUE THEN
        PERFORM _refuse_argument(
            'p_position', p_position::TEXT,
            format('Give a position the feed has handed out; the last is %s.', v_last_position)
        );
    END IF;
    INSERT INTO order_event_consumers (consumer, acknowledged_position)
    VALUES (v_consumer, p_position)
    ON CONFLICT (consumer) DO UPDATE SET
        acknowledged_position = excluded.acknowledged_position,
        acknowledged_at = excluded.acknowledged_at
    WHERE order_event_consumers.acknowledged_position < excluded.acknowledged_position;
END;
$acknowledge_order_events$;
REVOKE EXECUTE ON FUNCTION acknowledge_order_events(TEXT, BIGINT) FROM PUBLIC;
COMMENT ON FUNCTION acknowledge_order_events(TEXT, BIGINT) IS
'Notes that p_consumer has handled every event up to p_position, which read_order_events() gave
(0 = none yet). A lower position than before changes nothing. Raises ST003 (consumer; a position
that is NULL, negative or beyond the feed).';
