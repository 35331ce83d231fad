-- What is new since a follower of the audit trail last looked: the rows whose transaction its
-- snapshot does not show. An id or a clock cannot tell, since a lower one may commit later.

-- In a SQL expression, so that the planner puts it in the query and asks the index. Rows that came
-- with a restore carry numbers this cluster has yet to give: the bound above leaves them out.
CREATE OR REPLACE FUNCTION _is_unseen(p_transaction_id XID8, p_snapshot PG_SNAPSHOT) RETURNS BOOLEAN
LANGUAGE sql STABLE
RETURN p_snapshot IS NULL
OR (
    p_transaction_id >= pg_snapshot_xmin(p_snapshot)
    AND p_transaction_id
    <= greatest(pg_snapshot_xmax(pg_current_snapshot()), pg_current_xact_id_if_assigned())
    AND NOT pg_visible_in_snapshot(p_transaction_id, p_snapshot)
);
REVOKE EXECUTE ON FUNCTION _is_unseen(XID8, PG_SNAPSHOT) FROM PUBLIC;
COMMENT ON FUNCTION _is_unseen(XID8, PG_SNAPSHOT) IS
'Whether a row of that transaction, which the caller sees, is new to who had seen that snapshot
(NULL = nothing yet). A restored row may be called new twice. Internal.';

-- A snapshot does not name the transaction that took it: what that one writes later it takes for
-- seen, as soon as a younger one has ended.
CREATE OR REPLACE FUNCTION _snapshot_without_own() RETURNS PG_SNAPSHOT
LANGUAGE sql STABLE
RETURN CASE
    WHEN pg_current_xact_id() >= pg_snapshot_xmax(pg_current_snapshot()) THEN pg_current_snapshot()
    ELSE
        format(
            '%s:%s:%s',
            least(pg_snapshot_xmin(pg_current_snapshot()), pg_current_xact_id()),
            pg_snapshot_xmax(pg_current_snapshot()),
            (
                SELECT string_agg(running.id::TEXT, ',' ORDER BY running.id)
                FROM (
                    SELECT pg_snapshot_xip(pg_current_snapshot()) AS id
                    UNION
                    SELECT pg_current_xact_id() AS id
                ) AS running
            )
        )::PG_SNAPSHOT
END;
REVOKE EXECUTE ON FUNCTION _snapshot_without_own() FROM PUBLIC;
COMMENT ON FUNCTION _snapshot_without_own() IS
'The statement''s snapshot with the caller''s own transaction among those still running. Internal.';

CREATE OR REPLACE FUNCTION _restored_through() RETURNS BIGINT
LANGUAGE sql STABLE
RETURN coalesce((
    SELECT max(order_audit.id) FROM order_audit
    WHERE
        order_audit.transaction_id >= pg_snapshot_xmin(pg_current_snapshot())
        AND NOT pg_visible_in_snapshot(order_audit.transaction_id, pg_current_snapshot())
), 0);
REVOKE EXECUTE ON FUNCTION _restored_through() FROM PUBLIC;
COMMENT ON FUNCTION _restored_through() IS
'The last id in order_audit of a row that is here although its number says that it is not: another
cluster''s; 0 = there is none. For a follower that begins anew and must not add a row twice.
Internal.';

CREATE OR REPLACE FUNCTION _lock_watermark(p_name TEXT) RETURNS WATERMARKS
LANGUAGE plpgsql SET search_path FROM CURRENT
AS $_lock_watermark$
BEGIN
    PERFORM FROM watermarks WHERE name = p_name FOR NO KEY UPDATE;
    RETURN _watermark(p_name);
END;
$_lock_watermark$;
REVOKE EXECUTE ON FUNCTION _lock_watermark(TEXT) FROM PUBLIC;
COMMENT ON FUNCTION _lock_watermark(TEXT) IS
'What _watermark() returns, locked. Waits for the transaction that holds it. Internal.';
