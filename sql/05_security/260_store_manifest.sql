-- A note of what the store holds, kept beside a backup, by which verify_manifest() tells later what
-- came back. A row is known by its id: transactions' numbers mean nothing in another cluster, and
-- an id below the highest may commit after it. Of the feed it notes what was handed out: to number
-- the rest would cost a store that nobody reads the feed of a row an event.

CREATE OR REPLACE FUNCTION store_manifest() RETURNS JSONB
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT
AS $store_manifest$
DECLARE
    v_head TEXT := seal_audit();  -- first: what it names is then among what is counted
BEGIN
    RETURN (
        SELECT
            jsonb_build_object(
                'made_at', to_char(
                    clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'
                ),
                'last_event_at', _last_event_at(),
                'feed_position', (
                    SELECT last_position FROM watermarks WHERE name = 'event_feed'
                ),
                'seal_batch', (SELECT coalesce(max(batch), 0) FROM audit_seals),
                'seal_head', v_head,
                'ledgers', jsonb_object_agg(sums.ledger, jsonb_build_object(
                    'rows', sums.row_count, 'sum', sums.total, 'ids', written.ids
                ))
            )
        FROM _ledger_sums(NULL) AS sums
        -- PostgreSQL, asked to write a multirange, keeps three kilobytes a range until done.
        CROSS JOIN LATERAL (
            SELECT
                '{' || coalesce(
                    string_agg(format('[%s,%s)', lower(part), upper(part)), ',' ORDER BY part), ''
                ) || '}' AS ids
            FROM unnest(sums.ids) AS part
        ) AS written
    );
END;
$store_manifest$;
REVOKE EXECUTE ON FUNCTION store_manifest() FROM PUBLIC;
COMMENT ON FUNCTION store_manifest() IS
'What the store holds, for verify_manifest() to compare a restored store with; seals the audit trail
first. Returns made_at and last_event_at (UTC), feed_position (the last that was handed out),
seal_batch, seal_head (hexadecimal, NULL while nothing was audited) and ledgers: of each its rows,
their sum and their ids as ranges, a range for every gap. Nothing of it is personal or secret. Reads
every ledger; no writer waits for it, but the next seal does. For the scheduler''s login. Raises
23505 in a REPEATABLE READ transaction that began before another seal ended.';
