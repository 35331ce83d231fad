-- Gives events that were committed since the last look the next positions. An id cannot serve: a
-- lower one may commit after a higher one was read. Readers take turns at the feed's watermark.
--
-- Where much is new it takes a part, by transaction number, as the index has it. A transaction with
-- a lower number may have told of an order after one with a higher number: so a part also takes
-- what was told of its orders before.

CREATE OR REPLACE FUNCTION _number_order_events(p_limit BIGINT DEFAULT NULL) RETURNS VOID
LANGUAGE plpgsql SET search_path FROM CURRENT
-- Planned for the events found, be they none or all.
SET plan_cache_mode = force_custom_plan
-- In the index's order, which ends at the limit, however few the planner believes there are.
SET enable_sort = FALSE
-- Planned while the feed is empty, the look-up below would read all that was numbered before it.
SET enable_seqscan = FALSE SET jit = off
AS $_number_order_events$
DECLARE
    v_watermark watermarks := _lock_watermark('event_feed');
    -- Where a look begins, also what the reader itself has written; later it is the next look's.
    v_own XID8 := CASE WHEN v_watermark.looking_at IS NULL THEN pg_current_xact_id() END;
    v_looking_at PG_SNAPSHOT := coalesce(v_watermark.looking_at, _snapshot_without_own());
    v_passed_transaction_id XID8 := XID8 '0';
    v_passed_id BIGINT := 0;
    v_found BIGINT;
    v_numbered BIGINT;
BEGIN
    IF v_watermark.looking_at IS NOT NULL THEN
        v_passed_transaction_id := v_watermark.passed_transaction_id;
        v_passed_id := v_watermark.passed_event_id;
    END IF;
    WITH part AS (
        SELECT order_audit.transaction_id, order_audit.id, order_audit.order_id
        FROM order_audit
        WHERE
            _is_unseen(order_audit.transaction_id, v_watermark.snapshot)
            AND (order_audit.transaction_id, order_audit.id)
            > (v_passed_transaction_id, v_passed_id)
            AND (
                pg_visible_in_snapshot(order_audit.transaction_id, v_looking_at)
                OR order_audit.transaction_id = v_own
                -- Restored, with a number this cluster has yet to give.
                OR v_watermark.snapshot IS NULL
                AND order_audit.transaction_id >= pg_snapshot_xmax(pg_current_snapshot())
                AND order_audit.transaction_id <> pg_current_xact_id()
            )
            -- Told of already, or again after a restore. A look-up an event, not NOT EXISTS: that
            -- would be joined, and the whole feed read each time.
            AND (
                SELECT known.position FROM order_event_positions AS known
                WHERE known.event_id = order_audit.id
            ) IS NULL
        ORDER BY order_audit.transaction_id, order_audit.id
        LIMIT p_limit
    ),

    part_end AS (
        SELECT
            transaction_id,
            id AS last_id,
            (SELECT max(part.id) FROM part) AS highest_id
        FROM part
        ORDER BY transaction_id DESC, id DESC
        LIMIT 1
    ),

    told_before AS (
        SELECT order_audit.id
        FROM part_end
        INNER JOIN order_audit
            ON
                part_end.transaction_id = order_audit.transaction_id
                AND part_end.last_id < order_audit.id
                AND part_end.highest_id >= order_audit.id
        UNION
        SELECT earlier.id
        FROM part_end
        CROSS JOIN (SELECT order_id, max(id) AS id FROM part GROUP BY order_id) AS told
        CROSS JOIN LATERAL (
            SELECT order_audit.id FROM order_audit
            WHERE
                order_audit.order_id = told.order_id
                AND order_audit.transaction_id > part_end.transaction_id
                AND order_audit.id < told.id
            OFFSET 0
        ) AS earlier
    ),

    numbered AS (
        INSERT INTO order_event_positions (position, event_id)
        SELECT
            v_watermark.last_position + row_number() OVER (ORDER BY found.id),
            found.id
        FROM (
            SELECT id FROM part
            UNION
            SELECT told_before.id FROM told_before
            WHERE (
                SELECT known.position FROM order_event_positions AS known
                WHERE known.event_id = told_before.id
            ) IS NULL
        ) AS found
        RETURNING position
    )

    SELECT
        (SELECT part_end.transaction_id FROM part_end),
        (SELECT part_end.highest_id FROM part_end),
        (SELECT count(*) FROM part),
        (SELECT count(*) FROM numbered)
    INTO v_passed_transaction_id, v_passed_id, v_found, v_numbered;

    IF v_found = p_limit THEN
        UPDATE watermarks SET
            looking_at = v_looking_at,
            passed_transaction_id = v_passed_transaction_id,
            passed_event_id = v_passed_id,
            system_identifier = v_watermark.system_identifier,
            snapshot = v_watermark.snapshot,
            last_position = last_position + v_numbered
        WHERE name = 'event_feed';
    ELSIF v_found > 0 OR v_watermark.snapshot IS NULL OR v_watermark.looking_at IS NOT NULL THEN
        UPDATE watermarks SET
            snapshot = v_looking_at,
            looking_at = NULL,
            passed_transaction_id = NULL,
            passed_event_id = NULL,
            system_identifier = v_watermark.system_identifier,
            last_position = last_position + v_numbered
        WHERE name = 'event_feed';
        IF v_watermark.looking_at IS NOT NULL THEN
            PERFORM _number_order_events(p_limit - v_found);
        END IF;
    END IF;
END;
$_number_order_events$;
REVOKE EXECUTE ON FUNCTION _number_order_events(BIGINT) FROM PUBLIC;
COMMENT ON FUNCTION _number_order_events(BIGINT) IS
'Appends to order_event_positions up to p_limit events (NULL = all) that are committed and have no
position yet, and what was told before of their orders, by id. Waits for another reader''s
transaction to end. Raises 40001 in a REPEATABLE READ transaction that began before another reader
ended. Internal.';
