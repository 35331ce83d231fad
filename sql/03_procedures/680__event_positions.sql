-- Gives each event that was committed since the last look the next position. An id cannot serve:
-- a lower one may commit after a higher one was read. Readers take turns at the feed's watermark.

CREATE OR REPLACE FUNCTION _number_order_events() RETURNS VOID
LANGUAGE plpgsql SET search_path FROM CURRENT
-- Planned for the events found, be they none or all.
SET plan_cache_mode = force_custom_plan
-- Planned while the feed is empty, the look-up below would read all that was numbered before it.
SET enable_seqscan = off
AS $_number_order_events$
DECLARE
    v_watermark watermarks := _lock_watermark('event_feed');
    v_snapshot PG_SNAPSHOT;
    v_numbered BIGINT;
BEGIN
    -- One statement, so that the snapshot it notes is the one it saw the events in.
    WITH numbered AS (
        INSERT INTO order_event_positions (position, event_id)
        SELECT
            v_watermark.last_position + row_number() OVER (ORDER BY order_audit.id),
            order_audit.id
        FROM order_audit
        WHERE
            _is_unseen(order_audit.transaction_id, v_watermark.snapshot)
            -- After a restore some are told of again. A look-up an event, not NOT EXISTS: that
            -- would be joined, and the whole feed read each time.
            AND (
                SELECT known.position FROM order_event_positions AS known
                WHERE known.event_id = order_audit.id
            ) IS NULL
        RETURNING position
    )

    SELECT
        _snapshot_without_own(),
        count(*)
    INTO v_snapshot, v_numbered
    FROM numbered;
    IF v_numbered > 0 OR v_watermark.snapshot IS NULL THEN
        UPDATE watermarks SET
            snapshot = v_snapshot,
            system_identifier = v_watermark.system_identifier,
            last_position = last_position + v_numbered
        WHERE name = 'event_feed';
    END IF;
END;
$_number_order_events$;
REVOKE EXECUTE ON FUNCTION _number_order_events() FROM PUBLIC;
COMMENT ON FUNCTION _number_order_events() IS
'Appends to order_event_positions every event that is committed and has no position yet, by id.
Waits for another reader''s transaction to end. Raises 40001 in a REPEATABLE READ transaction that
began before another reader ended. Internal.';
