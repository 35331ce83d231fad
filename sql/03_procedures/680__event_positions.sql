-- Gives each event that was committed since the last look the next position. An id cannot serve:
-- a lower one may commit after a higher one was read. What counts is whether the last look could
-- see the event, which its transaction's number and the snapshot of that look tell. Readers take
-- turns at the state's row.

-- A snapshot does not name the transaction that took it: what that one writes later it takes for
-- seen, as soon as a younger one has ended.
CREATE OR REPLACE FUNCTION _without_own_events(p_snapshot PG_SNAPSHOT) RETURNS PG_SNAPSHOT
LANGUAGE sql STABLE
RETURN CASE
    WHEN pg_current_xact_id() >= pg_snapshot_xmax(p_snapshot) THEN p_snapshot
    ELSE
        format(
            '%s:%s:%s',
            least(pg_snapshot_xmin(p_snapshot), pg_current_xact_id()),
            pg_snapshot_xmax(p_snapshot),
            (
                SELECT string_agg(running.id::TEXT, ',' ORDER BY running.id)
                FROM (
                    SELECT pg_snapshot_xip(p_snapshot) AS id
                    UNION
                    SELECT pg_current_xact_id() AS id
                ) AS running
            )
        )::PG_SNAPSHOT
END;
REVOKE EXECUTE ON FUNCTION _without_own_events(PG_SNAPSHOT) FROM PUBLIC;
COMMENT ON FUNCTION _without_own_events(PG_SNAPSHOT) IS
'The snapshot with the caller''s own transaction among those still running. Internal.';

CREATE OR REPLACE FUNCTION _number_order_events() RETURNS VOID
LANGUAGE plpgsql SET search_path FROM CURRENT
AS $_number_order_events$
DECLARE
    v_state order_event_state;
    v_system_identifier BIGINT := (SELECT system_identifier FROM pg_control_system());
    v_snapshot PG_SNAPSHOT;
    v_numbered BIGINT;
BEGIN
    SELECT * INTO v_state FROM order_event_state FOR NO KEY UPDATE;
    -- Numbers of another cluster's transactions mean nothing here: after a restore, compare with
    -- every event, once.
    IF v_state.system_identifier IS DISTINCT FROM v_system_identifier THEN
        v_state.snapshot := NULL;
    END IF;

    -- One statement, so that the snapshot it notes is the one it saw the events in.
    WITH numbered AS (
        INSERT INTO order_event_positions (position, event_id)
        SELECT
            v_state.last_position + row_number() OVER (ORDER BY order_audit.id),
            order_audit.id
        FROM order_audit
        WHERE
            (
                v_state.snapshot IS NULL
                OR (
                    order_audit.transaction_id >= pg_snapshot_xmin(v_state.snapshot)
                    AND order_audit.transaction_id < pg_snapshot_xmax(pg_current_snapshot())
                    AND NOT pg_visible_in_snapshot(order_audit.transaction_id, v_state.snapshot)
                )
            )
            -- Restored events carry numbers that this cluster has yet to give. A look-up an event,
            -- not NOT EXISTS: that would be joined, and the whole feed read each time.
            AND (
                SELECT known.position FROM order_event_positions AS known
                WHERE known.event_id = order_audit.id
            ) IS NULL
        RETURNING position
    )

    SELECT
        pg_current_snapshot(),
        count(*)
    INTO v_snapshot, v_numbered
    FROM numbered;
    IF v_numbered > 0 OR v_state.snapshot IS NULL THEN
        UPDATE order_event_state SET
            snapshot = _without_own_events(v_snapshot),
            system_identifier = v_system_identifier,
            last_position = last_position + v_numbered;
    END IF;
END;
$_number_order_events$;
REVOKE EXECUTE ON FUNCTION _number_order_events() FROM PUBLIC;
COMMENT ON FUNCTION _number_order_events() IS
'Appends to order_event_positions every event that is committed and has no position yet, by id.
Waits for another reader''s transaction to end. Raises 40001 in a REPEATABLE READ transaction that
began before another reader ended. Internal.';
